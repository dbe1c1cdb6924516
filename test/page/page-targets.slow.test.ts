import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { findChromium, startBrowser, violationsOf, type TestBrowser } from '../helpers/browser.js';
import { spawnCli } from '../helpers/cli.js';
import { createDatabase } from '../helpers/database.js';
import { startPagePeer, type PagePeerAnswer } from '../helpers/page-peer.js';
import { latestOf } from '../helpers/strange-peer.js';
import { createTargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

const CHROMIUM = findChromium();
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '<img src=x onerror="document.title=1">';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function browse(options = {}): Promise<TestBrowser> {
  const browser = await startBrowser(CHROMIUM as string, options);
  closing.push(browser.close);
  return browser;
}

/** What a backend answers that reads two replicas beside its primary, the second of which fails. */
function severalOf(region: string, primaryMs: number, replicaMs: number, failing: string) {
  const { runs, ...answer } = latestOf(region, primaryMs);
  const [run] = latestOf(region, replicaMs).runs;
  if (run === undefined) throw new Error('no run');
  const replica = { replication_lag_ms: 12.5, visibility_delay_ms: 140, visibility_failure: null };
  const failures = [{ reason: 'refused', count: 10, message: `connection refused ${failing}` }];
  const { select } = run.operations;
  const none = { ...select, count: 0, p50_ms: null, p95_ms: null, failures };
  return {
    ...answer,
    runs: [
      ...runs.map((it) => ({ ...it, queries: { query_open_orders: { ...select, p50_ms: 321 } } })),
      { ...run, target: 'virginia', replica },
      { ...run, target: failing, replica, operations: { ...run.operations, select: none } },
    ],
  };
}

async function serve(env: Record<string, string>): Promise<string> {
  const cli = spawnCli(['serve'], { LISTEN_HOST: '127.0.0.1', PORT: '0', ...env });
  closing.push(() => {
    cli.kill();
    return cli.ended;
  });
  return cli.listening();
}

async function peerUrl(answer: PagePeerAnswer): Promise<string> {
  const peer = await startPagePeer(answer);
  closing.push(peer.close);
  return peer.origin;
}

describe.skipIf(CHROMIUM === null)('where to read from, on the page', () => {
  it.each([
    ['light', { width: 1280, height: 860 }],
    ['dark', { width: 390, height: 844 }],
    ['light', { width: 320, height: 700 }],
  ] as const)(
    'shows the fastest target and its gain, %s, %o',
    async (colorScheme, viewport) => {
      const url = await serve({
        FLY_REGION: 'hub',
        PEERS: [
          `gru=${await peerUrl(severalOf('gru', 197.7, 121.2, HOSTILE))}`,
          `lhr=${await peerUrl(severalOf('lhr', 11.9, 123.1, 'sydney'))}`,
          `fra=${await peerUrl(latestOf('fra', 26.7))}`,
        ].join(','),
      });
      const browser = await browse({ colorScheme, viewport });
      const page = await browser.open(url);
      const rows = page.locator('#reads tbody tr');
      await rows.first().waitFor();
      const cells = (at: number) => rows.nth(at).locator('td').allTextContents();
      await until(async () => (await rows.count()) === 3);
      expect((await cells(0)).slice(0, 3)).toEqual(['primary', 'none', 'none']);
      expect((await cells(1)).slice(0, 3)).toEqual(['primary', 'none', 'none']);
      expect((await cells(2)).slice(0, 3)).toEqual(['virginia', '76.5', '38.7']);
      const targets = rows.nth(2).locator('li');
      expect(await targets.allTextContents()).toEqual([
        'primary 197.7',
        'virginia 121.2',
        `${HOSTILE} refused`,
      ]);
      expect(await targets.nth(1).getAttribute('class')).toBe('fastest');
      expect(await page.locator('.line').count()).toBe(4);
      expect(await violationsOf(page, AXE)).toEqual([]);

      await page.getByRole('button', { name: 'City of gru' }).click();
      await page.getByText('No run in this window yet.').waitFor();
      const card = page.locator('.card', { hasText: 'Own queries' });
      await card.waitFor();
      const virginia = card.locator('tr', { hasText: 'virginia' }).first().locator('td');
      expect((await virginia.allTextContents()).slice(-2)).toEqual(['12.5', '140.0']);
      await card.getByText('open_orders, primary').waitFor();
      expect(await violationsOf(page, AXE)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.title()).toBe('pglatency');
      expect(browser.complaints).toEqual([]);
    },
    90_000,
  );

  it('is hidden while no target follows another, and there with one that does', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const env = { ...database.env, FLY_REGION: 'lhr', SCHEDULE: '* * * * * *', ITERATIONS: '2' };
    const alone = await browse();
    const page = await alone.open(await serve(env));
    await page.locator('.line[data-state=ok]').waitFor();
    expect(await page.locator('#reads').isVisible()).toBe(false);

    const file = createTargetsFile();
    closing.push(() => rm(file.folder, { recursive: true }));
    file.write([{ name: 'orders', host: '127.0.0.1' }]);
    const unrelated = await alone.open(await serve({ ...env, TARGETS_FILE: file.path }));
    await unrelated.locator('.line[data-state=ok]').waitFor();
    expect(await unrelated.locator('#reads').isVisible()).toBe(false);

    file.write([
      { name: 'orders', host: '127.0.0.1' },
      { name: 'second', host: '127.0.0.1', mode: 'read-only', follows: 'primary' },
    ]);
    const both = await alone.open(await serve({ ...env, TARGETS_FILE: file.path }));
    await both.locator('#reads li[data-state=ok]').nth(1).waitFor();
    expect(await both.locator('.line').count()).toBe(1);
    const figures = await both.locator('#reads li b').allTextContents();
    expect(figures.map(Number).every((ms) => ms > 0)).toBe(true);
  }, 90_000);
});
