import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { renderHtml } from '../../src/audit/report/html.js';
import { auditEnv } from '../helpers/audit.js';
import { findChromium, violationsOf } from '../helpers/browser.js';
import { runCli } from '../helpers/cli.js';
import { exampleReport } from '../helpers/example-report.js';
import { AXE, createPageTest, hasNoHorizontalScroll, shoot } from '../helpers/page.js';

const chromium = findChromium();
const { browse } = createPageTest(chromium);
const folder = mkdtempSync(join(tmpdir(), 'audit-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PHONE = { width: 390, height: 800 };
const example = join(folder, 'example.html');
const shop = join(folder, 'shop.html');

const totals = (page: Page) => page.locator('.total').allTextContents();
const widths = (page: Page) =>
  page
    .locator('section[data-trips]')
    .first()
    .locator('.bar')
    .evaluateAll((bars) =>
      bars.map((bar) =>
        Math.round(
          (bar as unknown as { getBoundingClientRect(): { width: number } }).getBoundingClientRect()
            .width,
        ),
      ),
    );
const setSlider = (page: Page, ms: number) =>
  page.locator('#rtt').evaluate((slider, value) => {
    const input = slider as unknown as { value: string; dispatchEvent(event: Event): void };
    input.value = String(value);
    input.dispatchEvent(new Event('input'));
  }, ms);

describe.skipIf(chromium === null)('the page of an audit', () => {
  beforeAll(async () => {
    writeFileSync(example, renderHtml(exampleReport()));
    const { code, stderr } = await runCli(
      [
        'audit',
        '--rtt',
        'lhr=12,iad=86,sin=166,syd=269',
        '--report',
        shop,
        '--',
        process.execPath,
        'examples/audit/shop.mjs',
        'prepare-first',
      ],
      auditEnv(inject('postgres')),
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
  }, 60_000);

  it('needs nothing but itself', () => {
    for (const path of [example, shop]) {
      expect(readFileSync(path, 'utf8')).not.toMatch(/ src=|<link|@import|url\(|https?:/);
    }
  });

  it('shows each unit at the distance of the slider', async () => {
    const browser = await browse();
    const page = await browser.open(pathToFileURL(example).href);
    expect(await totals(page)).toEqual(['1.9 s', '270 ms']);
    await setSlider(page, 0);
    expect(await totals(page)).toEqual(['2.0 ms', '0.6 ms']);
    await setSlider(page, 100);
    expect(await totals(page)).toEqual(['702 ms', '101 ms']);
    expect(await page.locator('#shown').textContent()).toBe('100 ms');
    expect(await page.locator('#rtt').getAttribute('aria-valuetext')).toBe('100 ms');
    expect(browser.complaints).toEqual([]);
  });

  it('goes to a region, and by the keyboard from there', async () => {
    const page = await (await browse()).open(pathToFileURL(example).href);
    const london = page.getByRole('button', { name: /London/ });
    await london.click();
    expect(await totals(page)).toEqual(['86 ms', '13 ms']);
    expect(await london.getAttribute('aria-pressed')).toBe('true');
    await page.locator('#rtt').focus();
    await page.keyboard.press('End');
    expect(await london.getAttribute('aria-pressed')).toBe('false');
    expect((await totals(page))[0]).toBe('2.0 s');
  });

  it('draws a bar for each trip, one after another, that fill the width at any distance', async () => {
    const page = await (await browse()).open(pathToFileURL(example).href);
    const track = await page
      .locator('.track')
      .first()
      .evaluate((it) => (it as unknown as { clientWidth: number }).clientWidth);
    for (const ms of [269, 12]) {
      await setSlider(page, ms);
      const drawn = await widths(page);
      expect(drawn).toHaveLength(7);
      const sum = drawn.reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - track)).toBeLessThan(15);
    }
    // Without a distance the bars are the server's time: the statement of 0.5 ms is wider than that of 0.1 ms.
    await setSlider(page, 0);
    const [first = 0, , , read = 0] = await widths(page);
    expect(read).toBeGreaterThan(3 * first);
  });

  it('marks what could be saved, and says how', async () => {
    const page = await (await browse()).open(pathToFileURL(shop).href);
    const write = page.locator('section[data-trips]').first();
    expect(await write.locator('h2').textContent()).toBe('write');
    expect(await write.locator('li.saved .label').allTextContents()).toEqual([
      expect.stringMatching(/^INSERT \w{8} prepare$/),
    ]);
    expect(await write.textContent()).toContain('Send prepare and execute in one flight: saves 1');
    await shoot(page, 'audit');
  });

  it.each(['light', 'dark'] as const)(
    'has no violation that axe finds, %s',
    async (colorScheme) => {
      for (const viewport of [undefined, PHONE]) {
        const browser = await browse({ colorScheme, ...(viewport && { viewport }) });
        for (const path of [example, shop]) {
          const page = await browser.open(pathToFileURL(path).href);
          expect(await violationsOf(page, AXE)).toEqual([]);
          expect(await hasNoHorizontalScroll(page)).toBe(true);
        }
        expect(browser.complaints).toEqual([]);
      }
    },
  );
});
