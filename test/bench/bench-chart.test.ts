import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderSvg } from '../../src/bench/chart-svg.js';
import { rankRows } from '../../src/fleet/ranking.js';
import { rowWithoutMeasurement, type FleetRow } from '../../src/fleet/row.js';
import { DEFAULT_FLEET } from '../../src/regions/default-fleet.js';
import { findChromium, startBrowser, type TestBrowser } from '../helpers/browser.js';

const CHROMIUM = findChromium();

const measured = (region: string, read: number): FleetRow => ({
  ...rowWithoutMeasurement(region, { error: '', reason: null }),
  error: null,
  read_p50_ms: read,
  read_p95_ms: read * 1.2,
  insert_p50_ms: read * 1.05,
  insert_p95_ms: read * 1.9,
});

const LONG = 'a reason that a stranger gave and that does not end where the chart does, '.repeat(4);
const ROWS = rankRows([
  ...DEFAULT_FLEET.map(({ code }) => code)
    .filter((code) => code !== 'nrt' && code !== 'syd')
    .map((code, i) => measured(code, 0.4 + 38 * i)),
  { ...measured('nrt', 261), insert_p50_ms: null, insert_p95_ms: null },
  rowWithoutMeasurement('syd', { error: 'connection refused', reason: 'refused' }),
  measured('ap-southeast-2', 268),
  { ...measured('northamerica-northeast1', 100), machine_short: 'ip-10-0-1-5' },
  rowWithoutMeasurement('a-backend.with.a.long.name.example:8080', { error: LONG, reason: null }),
]);

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly contrast: number;
}

/** Every text's place in the chart, and its contrast with the ground. Runs in the browser. */
function boxesOf(): Box[] {
  interface Element {
    readonly textContent: string;
    getBBox(): { x: number; width: number };
  }
  const { document, getComputedStyle } = globalThis as unknown as {
    document: { querySelectorAll(what: string): Iterable<Element> };
    getComputedStyle(element: Element | undefined): { fill: string };
  };
  const luminance = (element: Element | undefined) => {
    const parts = getComputedStyle(element).fill.match(/\d+/g) ?? [];
    const linear = parts.slice(0, 3).map((part) => {
      const value = Number(part) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  };
  const [ground] = document.querySelectorAll('.ground');
  return [...document.querySelectorAll('text, tspan')].map((element) => {
    const { x, width } = element.getBBox();
    const [a, b] = [luminance(element), luminance(ground)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return { text: element.textContent, left: x, right: x + width, contrast };
  });
}

/** What is wrong with a text as XML; null: it is well-formed. Runs in the browser. */
function xmlErrorOf(text: string): string | null {
  const { DOMParser } = globalThis as unknown as {
    DOMParser: new () => {
      parseFromString(
        text: string,
        type: string,
      ): { querySelector(what: string): { textContent: string } | null };
    };
  };
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
  return parsed.querySelector('parsererror')?.textContent ?? null;
}

describe.skipIf(CHROMIUM === null)('the chart of bench --svg', () => {
  const server = createServer((req, res) => {
    if (req.url === '/chart.svg')
      res.setHeader('Content-Type', 'image/svg+xml').end(renderSvg(ROWS));
    else res.setHeader('Content-Type', 'text/html').end('<title>x</title>');
  });
  let browser: TestBrowser;
  let origin: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await startBrowser(CHROMIUM as string);
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });

  it.each(['light', 'dark'] as const)('is legible, %s', async (colorScheme) => {
    const page = await browser.context.newPage();
    await page.emulateMedia({ colorScheme });
    await page.goto(`${origin}/chart.svg`);
    const boxes = await page.evaluate(boxesOf);
    expect(boxes.length).toBeGreaterThan(30);
    for (const box of boxes) {
      expect(box.left, box.text).toBeGreaterThanOrEqual(0);
      expect(box.right, box.text).toBeLessThanOrEqual(900);
      expect(box.contrast, box.text).toBeGreaterThanOrEqual(4.5);
      // A name ends where the bars begin.
      if (box.left < 30 && !box.text.startsWith('PostgreSQL'))
        expect(box.right, box.text).toBeLessThan(270);
    }
  });

  it('is well-formed XML, whatever the peers say', async () => {
    const page = await browser.context.newPage();
    await page.goto(origin);
    const isWellFormed = async (rows: readonly FleetRow[]) =>
      expect(await page.evaluate(xmlErrorOf, renderSvg(rows))).toBeNull();
    await isWellFormed(ROWS);
    await isWellFormed([]);
    for (const text of ['\ufffe', '\uffff', '\ud800', ']]>', '<!--', '&amp', '"\'', '\u0000']) {
      await isWellFormed([rowWithoutMeasurement(text, { error: text, reason: null })]);
    }
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const stranger = { ...measured('lhr', 3), city: text, flag: text, region: text };
        await isWellFormed([stranger, { ...stranger, error: text }]);
      }),
    );
    expect(await page.evaluate(xmlErrorOf, '<svg><text></svg>')).not.toBeNull();
  });
});
