import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { HistoryAnswer } from '../../src/api/answers.js';
import { startRelay } from '../../src/lab/relay.js';
import { findChromium, violationsOf } from '../helpers/browser.js';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase } from '../helpers/database.js';
import { AXE, createPageTest, hasNoHorizontalScroll, shoot } from '../helpers/page.js';
import { json, latestOf, startStrangePeer } from '../helpers/strange-peer.js';
import { until } from '../helpers/until.js';

const CHROMIUM = findChromium();
const { browse, closing } = createPageTest(CHROMIUM);

async function serve(env: Record<string, string>): Promise<{ url: string; cli: CliProcess }> {
  const cli = spawnCli(['serve'], { LISTEN_HOST: '127.0.0.1', PORT: '0', ...env });
  closing.push(() => {
    cli.kill();
    return cli.ended;
  });
  return { url: await cli.listening(), cli };
}

const colourOf = (page: Page, name: string) =>
  page.evaluate<string>(`getComputedStyle(document.documentElement).getPropertyValue('${name}')`);

/** Where a canvas has this colour (#rrggbb), from 0 at its left to 1 at its right. */
function placesOf(canvas: unknown, colour: string): number[] {
  const { width, height, getContext } = canvas as {
    width: number;
    height: number;
    getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
  };
  const { data } = getContext.call(canvas, '2d').getImageData(0, 0, width, height);
  const wanted = [1, 3, 5].map((at) => parseInt(colour.trim().slice(at, at + 2), 16));
  const places: number[] = [];
  for (let i = 0; i < width * height; i += 1) {
    if (wanted.every((value, at) => data[4 * i + at] === value)) places.push((i % width) / width);
  }
  return places;
}

describe.skipIf(CHROMIUM === null)('the page of one backend', () => {
  it('says so when nothing was measured yet, and when the backend is gone', async () => {
    const { url, cli } = await serve({ FLY_REGION: 'lhr' });
    const browser = await browse();
    const page = await browser.open(url);
    await page.getByText('This backend has no database').waitFor();
    await page.locator('.pill', { hasText: 'no database' }).waitFor();
    expect(await page.locator('.spark-last').getAttribute('r')).toBe('0');
    await page.getByRole('button', { name: 'London' }).click();
    await page.getByText('No run in this window yet.').waitFor();
    expect(await violationsOf(page, AXE)).toEqual([]);
    expect(browser.complaints).toEqual([]);
    cli.kill();
    await cli.ended;
    await page.getByText('This backend does not answer.').waitFor({ timeout: 15_000 });
    expect(await page.locator('#status').getAttribute('data-state')).toBe('lost');
    expect(await page.locator('.line').count()).toBe(1);
  });

  it('shows failures by reason on the time axis', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const upstream = { host: database.env['DB_HOST'] ?? '', port: Number(database.env['DB_PORT']) };
    let relay = await startRelay({ upstream, rttMs: 10 });
    closing.push(() => relay.close());
    const { port } = relay;
    const { url } = await serve({
      ...database.env,
      ...{ DB_PORT: String(port), FLY_REGION: 'lhr', SCHEDULE: '* * * * * *' },
      ...{ ITERATIONS: '3', OPERATION_TIMEOUT_MS: '300' },
    });
    /** Until this many runs in a row went well, or failed for this reason. */
    const runs = (count: number, reason: string | null) =>
      until(
        async () => {
          const answer = await fetch(`${url}/api/rds/history`);
          const { read_p50_ms, failures } = (await answer.json()) as HistoryAnswer;
          const latest = read_p50_ms.slice(-count);
          const isAsWanted = latest.every((ms) => (ms === null) === (reason !== null));
          const hasReason = reason === null || failures.at(-1)?.reason === reason;
          return latest.length === count && isAsWanted && hasReason;
        },
        { withinMs: 30_000, what: `${count} runs: ${reason ?? 'success'}` },
      );
    await runs(6, null);
    relay.freeze();
    await runs(3, 'timeout');
    await relay.close();
    await runs(6, 'refused');
    relay = await startRelay({ upstream, rttMs: 10, listenPort: port });
    await runs(8, null);

    const browser = await browse({ colorScheme: 'light' });
    const page = await browser.open(`${url}/#lhr`);
    const words = page.locator('.chart-words').nth(1);
    await words.filter({ hasText: 'timeout' }).waitFor();
    expect(await words.textContent()).toMatch(/select timeout ×\d+/);
    expect(await words.textContent()).toMatch(/(connect|select) refused ×\d+/);
    const chart = page.locator('.chart').nth(1);
    expect(await chart.getAttribute('aria-label')).toBe(await words.textContent());
    const canvas = chart.locator('canvas');
    const places = await canvas.evaluate(placesOf, await colourOf(page, '--bad'));
    // Marks in the middle of the window, and none where the runs succeeded.
    expect(places.length).toBeGreaterThan(0);
    expect(Math.min(...places)).toBeGreaterThan(0.1);
    expect(Math.max(...places)).toBeLessThan(0.93);
    expect(await violationsOf(page, AXE)).toEqual([]);
    expect(browser.complaints).toEqual([]);
    await shoot(page, 'region-failures');
    // The names of the reasons are written in the chart, where there is room for the longest.
    const names = await canvas.evaluate(placesOf, await colourOf(page, '--muted'));
    expect(names.filter((place) => place < 0.02)).toEqual([]);
  }, 90_000);

  it('shows text from peers as text', async () => {
    const hostile = '<img src=x onerror="document.title=1">';
    const peer = await startStrangePeer(
      json({ ...latestOf(hostile, 3), city: hostile, flag: '<b>', schedule: '<script>' }),
    );
    closing.push(peer.close);
    const { url } = await serve({ FLY_REGION: 'lhr', PEERS: peer.origin });
    const browser = await browse();
    const page = await browser.open(url);
    await page.locator('.city', { hasText: '<img src=x' }).waitFor();
    await page.getByRole('button', { name: '<img' }).click();
    await page.waitForSelector('.detail');
    expect(await page.locator('img, .ranking b b, .ranking script').count()).toBe(0);
    expect(await page.title()).toBe('pglatency');
    for (const width of [320, 390, 768, 1200, 1201, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await hasNoHorizontalScroll(page)]).toEqual([width, true]);
    }
  });

  it('asks for the token when one is set, and keeps it to itself', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const token = 'a-token-for-this-test';
    const { url } = await serve({ ...database.env, FLY_REGION: 'lhr', API_TOKEN: token });
    const browser = await browse();
    const page = await browser.open(`${url}/#lhr`);
    await page.getByLabel('API token').fill('a-token-that-is-wrong');
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByText('the bearer token is wrong').waitFor();
    await page.getByLabel('API token').fill(token);
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.locator('.figures').waitFor();
    const stored = await page.evaluate<string>(
      'JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie',
    );
    expect(stored).toBe('{}{}');
  });
});
