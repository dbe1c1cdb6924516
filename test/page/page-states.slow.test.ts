import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startRelay } from '../../src/lab/relay.js';
import { PROVIDERS } from '../../src/regions/catalogue.js';
import { findChromium, violationsOf, type TestBrowser } from '../helpers/browser.js';
import { spawnCli } from '../helpers/cli.js';
import { createDatabase } from '../helpers/database.js';
import { AXE, createPageTest, hasNoHorizontalScroll, keepPicture, shoot } from '../helpers/page.js';
import { incidentOf, startFleetPeer, type Standing } from '../helpers/page-fleet.js';
import { until } from '../helpers/until.js';

const CHROMIUM = findChromium();
const { browse, closing } = createPageTest(CHROMIUM);
const WIDTHS = [360, 768, 1280, 1920];
const SCHEMES = ['light', 'dark'] as const;
/** Ports that nobody listens on: connections are refused. */
const NOBODY = 'nrt=http://127.0.0.1:10,syd=http://127.0.0.1:12';

async function serve(env: Record<string, string>): Promise<string> {
  const settings = {
    PGLATENCY_FILE: 'none',
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    FLY_REGION: 'lhr',
  };
  const cli = spawnCli(['serve'], { ...settings, ...env });
  closing.push(async () => {
    cli.kill();
    await cli.ended;
  });
  return cli.listening();
}

async function database(): Promise<Record<string, string>> {
  const created = await createDatabase();
  closing.push(() => created.drop());
  return created.env;
}

/** PEERS of regions that stand like this, each further away than the one before. */
async function peersOf(
  standings: Readonly<Record<string, Standing>>,
  distanceMs = (_code: string, i: number) => 8 + 7 * i,
): Promise<string> {
  const peers = await Promise.all(
    Object.entries(standings).map(async ([code, standing], i) => {
      const peer = await startFleetPeer(code, distanceMs(code, i), standing);
      closing.push(peer.close);
      return `${code}=${peer.origin}`;
    }),
  );
  return peers.join(',');
}

/** So many regions of the great providers, all over the world. */
function codesOf(count: number): string[] {
  const codes = Object.values(PROVIDERS).flatMap((places) => places.map(({ code }) => code));
  const step = Math.floor(codes.length / count);
  return [...new Set(codes.filter((code, i) => i % step === 0 && code !== 'lhr'))].slice(
    0,
    count - 1,
  );
}

const HOUR = 60;
/** Some regions of a large fleet have news. */
function large(count: number): Record<string, Standing> {
  const news: Standing[] = [
    {
      ratio: 1.31,
      incidents: [incidentOf(9 * HOUR, 8 * HOUR, 8, 1.2), incidentOf(6, null, 8, 1.31)],
    },
    {},
    { ratio: 2.4, incidents: [incidentOf(25, null, 22, 2.4)] },
    { ratio: 0.7 },
    { isNew: true },
    { incidents: [incidentOf(5 * HOUR, 4 * HOUR, 43, 1.6)] },
  ];
  return Object.fromEntries(codesOf(count).map((code, i) => [code, news[i] ?? {}]));
}

const lines = (page: Page, count: number) =>
  until(async () => (await page.locator('.line').count()) === count, { withinMs: 20_000 });

/** The ten regions of the example, and how long a read takes from them. */
const READS_MS: Readonly<Record<string, number>> = {
  ...{ cdg: 18.5, fra: 26.7, iad: 86.1, ord: 121.7, lax: 138.2 },
  ...{ sin: 166, gru: 197.7, nrt: 261.4, syd: 268.9 },
};
const OTHERS = Object.keys(READS_MS);
const LARGEST_PICTURE_BYTES = 150_000;

async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).boundingBox();
  if (box === null) throw new Error(`${selector} is not shown`);
  return box;
}

/** With a margin. */
async function bottomOf(page: Page, selector: string): Promise<number> {
  const { y, height } = await boxOf(page, selector);
  return y + height + 16;
}

/** The top of an element, so many pixels high at most. */
async function shootFrom(page: Page, selector: string, heightPx: number): Promise<Buffer> {
  await page.evaluate('scrollTo(0, 0)');
  const { x, y, width, height } = await boxOf(page, selector);
  const clip = { x, y, width, height: Math.min(height, heightPx) };
  return page.screenshot({ fullPage: true, clip });
}

/** Writes the picture where docs/page.md has it, with `SCREENSHOTS=true`. */
async function expectSmall(picture: Buffer, name: string): Promise<void> {
  await keepPicture(picture, `page-${name}`);
  expect(picture.length, name).toBeLessThan(LARGEST_PICTURE_BYTES);
}

interface State {
  readonly name: string;
  start(): Promise<string>;
  /** Waits until the page shows the state. */
  shows(page: Page): Promise<unknown>;
}

const STATES: readonly State[] = [
  {
    name: 'no-database',
    start: () => serve({}),
    shows: (page) => page.getByText('This backend has no database').waitFor(),
  },
  {
    name: 'waiting',
    // The first of January: a run is never due while the test looks.
    start: async () => serve({ ...(await database()), SCHEDULE: '0 0 0 1 1 *' }),
    shows: (page) => page.getByText(/first run in \d+ d/).waitFor(),
  },
  {
    name: 'alone',
    start: async () => serve({ ...(await database()), SCHEDULE: '* * * * * *', ITERATIONS: '1' }),
    shows: (page) => page.getByText(/normal in \d+ s/).waitFor({ timeout: 20_000 }),
  },
  {
    name: 'unreachable',
    start: async () => {
      const env = { ...(await database()), SCHEDULE: '*/2 * * * * *' };
      return serve({ ...env, PEERS: NOBODY });
    },
    shows: async (page) => {
      await lines(page, 3);
      await page.locator('#attention').getByText('connection refused').first().waitFor();
    },
  },
  {
    name: 'token',
    start: async () =>
      serve({
        ...(await database()),
        SCHEDULE: '*/2 * * * * *',
        API_TOKEN: 'a-token-for-this-test',
      }),
    shows: async (page) => {
      await page.getByRole('button', { name: 'London' }).click();
      await page.getByRole('textbox', { name: 'API token' }).waitFor();
      await page.waitForSelector('.chart canvas');
    },
  },
  {
    name: 'old-version',
    start: async () => {
      const env = { ...(await database()), SCHEDULE: '*/2 * * * * *' };
      return serve({ ...env, PEERS: await peersOf({ fra: {}, iad: { isOld: true } }) });
    },
    shows: async (page) => {
      await lines(page, 3);
      await page.locator('#attention').getByText('runs an older version').waitFor();
    },
  },
  {
    name: 'slow',
    start: async () => {
      const fra: Standing = { certificateEnd: new Date(Date.now() + 9e8).toISOString() };
      const nrt: Standing = {
        ratio: 1.31,
        incidents: [incidentOf(7 * HOUR, 6 * HOUR, 22, 1.5), incidentOf(12, null, 22, 1.31)],
      };
      const failures = [{ reason: 'lock_timeout', count: 2, message: 'canceling statement' }];
      const peers = await peersOf({ fra, iad: { failures }, nrt });
      return serve({ ...(await database()), SCHEDULE: '*/2 * * * * *', PEERS: peers });
    },
    shows: async (page) => {
      await lines(page, 4);
      await page
        .locator('#attention')
        .getByText('reads 1.31 × and inserts 1.31 × its day: the path')
        .waitFor();
      await page.locator('#attention').getByText('insert lock timeout ×2').waitFor();
      await page.locator('#attention').getByText('its certificate ends in 10 days').waitFor();
      await page.getByRole('button', { name: 'Tokyo' }).click();
      await page.waitForSelector('.chart canvas');
      expect(await page.locator('.incidents li').count()).toBe(2);
    },
  },
  ...[20, 40].map((count): State => ({
    name: `${count}-regions`,
    start: async () => {
      const env = { ...(await database()), SCHEDULE: '*/5 * * * * *' };
      return serve({ ...env, PEERS: await peersOf(large(count)) });
    },
    shows: (page) => lines(page, count),
  })),
];

async function expectSound(browser: TestBrowser, page: Page, state: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const where = `${state}, ${colorScheme}, ${width} px`;
      // A chart follows the width a moment later.
      await until(() => hasNoHorizontalScroll(page), { what: `no scrolling aside: ${where}` });
      // The narrow layout, and the wide one.
      if (width !== 360 && width !== 1280) continue;
      expect(await violationsOf(page, AXE), where).toEqual([]);
      if (width === 1280 || colorScheme === 'dark') {
        await shoot(page, `states/${state}-${width}-${colorScheme}`);
      }
    }
  }
  expect(browser.complaints).toEqual([]);
}

describe.skipIf(CHROMIUM === null)('the states of the page', () => {
  it.each(STATES)(
    '$name: is shown, accessible, and fits from 360 to 1920 px',
    async ({ name, start, shows }) => {
      const url = await start();
      const browser = await browse();
      const page = await browser.open(url);
      await shows(page);
      await expectSound(browser, page, name);
    },
    120_000,
  );

  it.each(['#%E0%A4%A', '#nowhere', '#lhr@2026-99-99T99:99Z', '#@', '#%'])(
    'a broken address is ignored: %s',
    async (hash) => {
      const url = await serve({});
      const browser = await browse();
      const page = await browser.open(`${url}/${hash}`);
      await lines(page, 1);
      expect(browser.complaints).toEqual([]);
      expect(await page.locator('#status').getAttribute('data-state')).toBe('live');
    },
    30_000,
  );

  it('shows the values of a chart under a finger', async () => {
    const url = await serve({ PEERS: await peersOf({ nrt: {} }) });
    const browser = await browse({ hasTouch: true, viewport: { width: 390, height: 844 } });
    const page = await browser.open(`${url}/#nrt`);
    const chart = page.locator('.chart .u-over').first();
    await chart.waitFor();
    const legend = page.locator('.u-legend').first();
    expect(await legend.textContent()).not.toMatch(/\d ms/);
    await chart.tap();
    await until(async () => /p50\s*\d+\.\d\d ms/.test((await legend.textContent()) ?? ''));
    expect(browser.complaints).toEqual([]);
  }, 60_000);

  it.runIf(process.env.SCREENSHOTS === 'true')(
    'takes the pictures of docs/page.md',
    async () => {
      const since = { ratio: 1.31, incidents: [incidentOf(7 * HOUR, 6 * HOUR, 261, 1.5)] };
      const nrt = { ...since, incidents: [...since.incidents, incidentOf(12, null, 261, 1.31)] };
      const failures = [{ reason: 'timeout', count: 2, message: 'no answer within 10000 ms' }];
      const fra = { certificateEnd: new Date(Date.now() + 9e8).toISOString() };
      const own = await database();
      const upstream = { host: own.DB_HOST ?? '', port: Number(own.DB_PORT) };
      const relay = await startRelay({ upstream, rttMs: 12 });
      closing.push(relay.close);
      const env = {
        ...{ ...own, DB_HOST: '127.0.0.1', DB_PORT: String(relay.port) },
        ...{ SCHEDULE: '* * * * * *', ITERATIONS: '1' },
      };
      for (const [name, news] of [
        ['normal', {}],
        ['attention', { fra, iad: { failures }, nrt }],
      ] as const) {
        const standings = Object.fromEntries(OTHERS.map((code) => [code, {}]));
        const peers = await peersOf({ ...standings, ...news }, (code) => READS_MS[code] ?? 0);
        const browser = await browse({ viewport: { width: 1280, height: 900 } });
        const page = await browser.open(await serve({ ...env, PEERS: peers }));
        await lines(page, 10);
        const judged = page.locator('.line', { hasText: '× its day' });
        await until(async () => (await judged.count()) === 10, { withinMs: 60_000 });
        // The backend of the page really measures: a busy machine is an item, too, for some seconds.
        const concerns = page.locator('#attention li');
        await until(async () => (await concerns.count()) === Object.keys(news).length, {
          withinMs: 60_000,
        });
        await expectSmall(await shootFrom(page, 'body', await bottomOf(page, '#ranking')), name);
        if (name === 'normal') continue;
        await page.getByRole('button', { name: 'Tokyo' }).click();
        await page.waitForSelector('.chart canvas');
        await expectSmall(await shootFrom(page, '.detail', 800), 'incident');
      }
    },
    180_000,
  );

  it('scrolls forty regions without long work', async () => {
    const url = await serve({ PEERS: await peersOf(large(40)) });
    const browser = await browse();
    const page = await browser.open(url);
    await lines(page, 40);
    const session = await browser.context.newCDPSession(page);
    await session.send('Performance.enable');
    const workMs = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      const of = (name: string) => metrics.find((it) => it.name === name)?.value ?? NaN;
      return 1_000 * (of('ScriptDuration') + of('LayoutDuration') + of('RecalcStyleDuration'));
    };
    const before = await workMs();
    const frames = 60;
    for (let i = 0; i < frames; i += 1) await page.mouse.wheel(0, 20);
    const perFrame = ((await workMs()) - before) / frames;
    console.log(`forty regions: ${perFrame.toFixed(2)} ms of script, style and layout a frame`);
    expect(perFrame).toBeLessThan(1_000 / 60);
  }, 60_000);

  it('opens the region and the moment of a link', async () => {
    const incidents = [incidentOf(7 * HOUR, 6 * HOUR, 8, 1.5)];
    const url = await serve({ PEERS: await peersOf({ nrt: { incidents } }) });
    const browser = await browse();
    const page = await browser.open(url);
    await page.locator('#timeline .lane a').click();
    await page.waitForSelector('.chart canvas');
    const address = page.url();
    expect(decodeURIComponent(address)).toMatch(/#nrt primary@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const other = await browser.open(address);
    await other.waitForSelector('.chart canvas');
    await other.getByText(/^Normal is 8\.00 ms.* 3[01] runs: /).waitFor();
    expect(await other.locator('.incidents li').textContent()).toMatch(
      /UTC, 60 min, 60 runs.*reads and inserts 1\.50 × their normal.*the path/,
    );
    expect(browser.complaints).toEqual([]);
  }, 60_000);
});
