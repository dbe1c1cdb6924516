import { expect, it, describe } from 'vitest';
import { regionOf } from '../../src/regions/regions.js';
import { findChromium, violationsOf } from '../helpers/browser.js';
import { spawnCli } from '../helpers/cli.js';
import { AXE, createPageTest, DESKTOP, hasNoHorizontalScroll, shoot } from '../helpers/page.js';
import { startPagePeer } from '../helpers/page-peer.js';
import { latestOf } from '../helpers/strange-peer.js';
import { until } from '../helpers/until.js';

const CHROMIUM = findChromium();
const { closing, browse } = createPageTest(CHROMIUM);

/** Of three providers and of somebody's own, the longest names that there are. */
const CODES = [
  ...['eu-west-1', 'us-east-1', 'ap-southeast-2', 'me-central-1', 'sa-east-1', 'eu-west-1'],
  ...['northamerica-northeast1', 'europe-west12', 'asia-northeast3', 'lhr', 'fra', 'iad', 'gru'],
  ...['germanywestcentral', 'eastus2', 'australiasoutheast', 'southafricanorth', 'sin', 'nrt'],
  ...['rack-7-in-the-second-cellar-xyz', 'hub'],
];

/** A backend of every region, two of them of eu-west-1, and one that lists them and measures nothing. */
async function startFleet(): Promise<string> {
  const peers = await Promise.all(
    CODES.map(async (code, i) => {
      const { city, country, flag } = regionOf(code);
      const who = { machine: `ip-10-0-0-${i}.${code}.compute.internal`, instance: `instance-${i}` };
      const { runs, ...rest } = latestOf(code, 2 + 14 * i);
      const recent = runs.map((run) => ({ ...run, recent_read_p50_ms: [1, 2, 1.5] }));
      const peer = await startPagePeer({ ...rest, city, country, flag, ...who, runs: recent });
      closing.push(peer.close);
      return `${code}=${peer.origin}`;
    }),
  );
  const cli = spawnCli(['serve'], {
    PGLATENCY_FILE: 'none',
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    PEERS: peers.join(','),
  });
  closing.push(async () => {
    cli.kill();
    await cli.ended;
  });
  return cli.listening();
}

/** The texts of a row that lie outside their cell, or over another text. Runs in the browser. */
function misplaced(): string[] {
  interface Box {
    readonly left: number;
    readonly right: number;
    readonly width: number;
  }
  interface Element {
    readonly textContent: string;
    readonly scrollWidth: number;
    readonly clientWidth: number;
    getBoundingClientRect(): Box;
    querySelectorAll(what: string): Iterable<Element>;
  }
  const { document } = globalThis as unknown as { document: Element };
  const found: string[] = [];
  for (const cell of document.querySelectorAll('.line > *')) {
    const { left, right } = cell.getBoundingClientRect();
    for (const text of cell.querySelectorAll('.city, .code, .machine, .why, .figure')) {
      const box = text.getBoundingClientRect();
      if (box.width > 0 && (box.left < left - 1 || box.right > right + 1)) {
        found.push(`${text.textContent}: ${box.left} to ${box.right} of ${left} to ${right}`);
      }
      if (text.scrollWidth > text.clientWidth + 1 && text.clientWidth > 0) {
        found.push(`cut: ${text.textContent}`);
      }
    }
  }
  const [main] = document.querySelectorAll('#summary');
  const [table] = document.querySelectorAll('#ranking');
  const widthOf = (it: Element | undefined) => it?.getBoundingClientRect().width ?? 0;
  if (widthOf(table) > widthOf(main) + 2) found.push('the table is wider than the page');
  return found;
}

describe.skipIf(CHROMIUM === null)('the page of a fleet with long names', () => {
  it('has room for every name, on a desktop and on a telephone', async () => {
    const browser = await browse();
    const page = await browser.open(await startFleet());
    await until(async () => (await page.locator('.line').count()) === CODES.length + 1);
    for (const viewport of [DESKTOP, { width: 1024, height: 800 }, { width: 360, height: 800 }]) {
      await page.setViewportSize(viewport);
      const size = JSON.stringify(viewport);
      expect(await hasNoHorizontalScroll(page), size).toBe(true);
      // Between a telephone and a desktop the ranking is wider than its frame: it scrolls in itself.
      if (viewport.width !== 1024) expect(await page.evaluate(misplaced), size).toEqual([]);
    }
    await page.setViewportSize(DESKTOP);
    await shoot(page, 'fleet-regions-light');
    expect(await violationsOf(page, AXE)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violationsOf(page, AXE)).toEqual([]);
    expect(browser.complaints).toEqual([]);
  }, 90_000);

  it('tells two backends of one region apart, each with its own detail', async () => {
    const browser = await browse();
    const page = await browser.open(await startFleet());
    await until(async () => (await page.locator('.line').count()) === CODES.length + 1);
    // Before a peer has answered, its address stands for its machine.
    await until(async () => {
      const machines = await page.locator('.line .machine').allTextContents();
      return String(machines.filter((it) => it !== '')) === 'ip-10-0-0-0,ip-10-0-0-5';
    });
    const histories: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/history')) histories.push(request.url());
    });
    for (const machine of ['ip-10-0-0-0', 'ip-10-0-0-5']) {
      await page.locator('.line', { hasText: machine }).locator('button').click();
      await until(() => page.url().includes(machine));
      expect(await page.locator('.detail-row').count()).toBe(1);
    }
    await until(() => histories.length >= 2);
    expect(histories.map((url) => new URL(url).searchParams.get('instance'))).toEqual([
      'instance-0',
      'instance-5',
    ]);
    expect(browser.complaints).toEqual([]);
  });

  it('gives every region a colour of its own, and both backends of one region the same', async () => {
    const browser = await browse();
    const page = await browser.open(await startFleet());
    await until(async () => (await page.locator('.line').count()) === CODES.length + 1);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const colours = await page.evaluate<[string, string][]>(
        `[...document.querySelectorAll('.line')].map((row) =>
          [row.querySelector('.city').textContent + ' ' + row.querySelector('.code').textContent,
           getComputedStyle(row.querySelector('.fill')).backgroundColor])`,
      );
      const byRegion = new Map(colours);
      expect(colours.filter(([region, colour]) => byRegion.get(region) !== colour)).toEqual([]);
      const ofPlaces = [...byRegion].filter(([region]) => !/ (hub|local)$/.test(region));
      expect(ofPlaces).toHaveLength(new Set(CODES).size - 1);
      expect(new Set(ofPlaces.map(([, colour]) => colour)).size).toBe(ofPlaces.length);
    }
  });
});
