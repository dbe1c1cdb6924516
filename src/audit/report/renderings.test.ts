import { describe, expect, test } from 'vitest';
import { exampleReport } from '../../../test/helpers/example-report.js';
import { renderHtml } from './html.js';
import { renderMarkdown } from './markdown.js';
import { createReport } from './report.js';
import { renderText } from './text.js';

const EMPTY = createReport({
  version: '0.1.0',
  measured_s: 0,
  distances: [],
  distances_from: 'as --rtt says',
  as_if: null,
  pause_ms: 20,
  cancel_requests: 0,
  remarks: [],
  counts: { connections: 0, trips: 0, lost: 0, costs: [] },
  kinds: [],
  encryptionTrips: 0,
});

test('the text table says it in sentences too', () => {
  const text = renderText(exampleReport(), { colour: false });
  expect(text).toMatch(/^checkout +12 +7 +8 +2 +1 +1 +2\.0 ms +86 ms +1\.9 s {2}1 unfinished$/m);
  expect(text).toContain('checkout: 7 trips, 86 ms from London, 1.9 s from Sydney');
  expect(text).toContain(
    'checkout: send prepare and execute in one flight: saves 1 trip (12 ms from London, 269 ms from Sydney)',
  );
  expect(text).toContain('SELECT 1a2b3c4d comes 3 times, one after another: one statement for all');
  expect(text).toContain(
    '13 connections opened, each 6 trips (TCP 1, encryption 2, login 3): 72 ms from London, 1.6 s from Sydney',
  );
  expect(text).toContain('110 round trips in 8 s; distances: as --rtt says');
  expect(text).not.toContain('\u001b');
});

test('the Markdown is one table that no name can break', () => {
  const report = exampleReport('check|out\u0060<b>');
  const markdown = renderMarkdown(report);
  expect(markdown).toContain('| London (12 ms) | Sydney (269 ms) |');
  const row = markdown.split('\n').find((line) => line.startsWith('| check'));
  expect(row).toBe(
    '| check\\|out\\\u0060\\<b\\> | 12 | 7 | 8 | 2 | 1 | 1 | 2.0 ms | 86 ms | 1.9 s |',
  );
});

test('the page shows a name as it is', () => {
  const html = renderHtml(exampleReport('<script>alert(1)</script>"\''));
  expect(html).not.toContain('<script>alert');
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;');
});

test('a median unit whose trips differ from the kind is projected by its own trips', () => {
  const [checkout] = exampleReport().units;
  expect(checkout?.projected_ms).toEqual({ lhr: 7 * 12 + 2, syd: 7 * 269 + 2 });
});

describe('where nothing came', () => {
  test('each form says so, and no figure is 0', () => {
    expect(renderText(EMPTY, { colour: false })).toMatch(/^no unit was seen$/m);
    expect(renderText(EMPTY, { colour: false })).toMatch(/^no connection was opened$/m);
    expect(renderMarkdown(EMPTY)).toContain('No unit was seen.');
    expect(renderHtml(EMPTY)).toContain('No connection was opened.');
    expect(EMPTY.connections.login_trips).toBeNull();
  });
});
