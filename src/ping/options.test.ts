import { expect, test } from 'vitest';
import { durationMs, parseCount, parseInterval, parsePingTimeout } from './options.js';

test.each([
  ['500ms', 500],
  ['0.5s', 500],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['5', NaN],
  ['-1s', NaN],
  ['1s2', NaN],
  ['', NaN],
])('%j is %d ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each([
  [parseCount, '1.5'],
  [parseCount, '-1'],
  [parseCount, '9999999'],
  [parseInterval, '10ms'],
  [parseInterval, '2h'],
  [parsePingTimeout, '10ms'],
  [parsePingTimeout, '61s'],
  [parsePingTimeout, 'soon'],
])('what is not allowed is named with what is', (parse, text) => {
  expect(() => parse(text)).toThrow(`"${text}" is not allowed; `);
});
