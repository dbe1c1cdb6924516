import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { findChromium, startBrowser, violationsOf, type TestBrowser } from '../helpers/browser.js';
import { spawnCli } from '../helpers/cli.js';
import { startPagePeer } from '../helpers/page-peer.js';
import { latestOf } from '../helpers/strange-peer.js';

const CHROMIUM = findChromium();
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Where a person finds the card's pictures; only `SCREENSHOTS=true` writes them again. */
const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const DAY_MS = 86_400_000;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const dateIn = (ms: number) => new Date(Date.now() + ms).toISOString().replace(/\.\d+/, '');

const facts = {
  ...{ dns_ms: 2.4, tcp_ms: 86.2, tls_ms: 181.5, startup_ms: 262.9 },
  ...{ address: '192.0.2.7', tls_version: 'TLSv1.3' },
  certificate_not_after: dateIn(103.5 * DAY_MS),
};
const timeout = (address: string) => `${address}: no answer within 500 ms`;

/** A peer in this region, whose runs have these fields beside the usual ones. */
async function peer(region: string, ...runs: object[]): Promise<string> {
  const answer = latestOf(region, 86);
  const [run] = answer.runs;
  const it = await startPagePeer({
    ...answer,
    runs: runs.map((fields) => ({ ...run, ...fields })),
  });
  closing.push(it.close);
  return `${region}=${it.origin}`;
}

function failedConnect() {
  const { operations } = latestOf('nrt', 86).runs[0] as { operations: Record<string, object> };
  const message = 'no pg_hba.conf entry for host "203.0.113.9", user "probe"';
  const failures = [{ reason: 'auth', count: 1, message }];
  const connect = { ...operations['connect'], count: 0, p50_ms: null, failures };
  return { outcome: 'partial', operations: { ...operations, connect } };
}

async function pageOf(peers: string[], options = {}): Promise<{ page: Page; it: TestBrowser }> {
  const env = { LISTEN_HOST: '127.0.0.1', PORT: '0', FLY_REGION: 'hub', PEERS: peers.join(',') };
  const cli = spawnCli(['serve'], env);
  closing.push(() => {
    cli.kill();
    return cli.ended;
  });
  const it = await startBrowser(CHROMIUM as string, options);
  closing.push(it.close);
  const page = await it.open(await cli.listening());
  return { page, it };
}

/** Opens a region and gives its card, once the history has come: the page is at rest then. */
async function cardOf(page: Page, region: string) {
  await page.getByRole('button', { name: `City of ${region}` }).click();
  await page.getByText('No run in this window yet.').waitFor();
  return page.locator('.connection-card');
}

const pairsOf = async (page: Page, list: string) => {
  const texts = await page.locator(`.connection-card ${list} > div > *`).allTextContents();
  return texts.flatMap((text, i) => (i % 2 === 0 ? [[text, texts[i + 1]]] : []));
};

describe.skipIf(CHROMIUM === null)("the page's card of a new connection", () => {
  it('shows the phases, the address, the certificate, the pooler and what failed', async () => {
    const attempts = [
      { reason: 'timeout', count: 2, message: timeout('192.0.2.6') },
      { reason: 'unreachable', count: 1, message: '2001:db8::7: no route' },
    ];
    const { page, it } = await pageOf([
      await peer('iad', { connection: facts, pooler: true, failed_attempts: attempts }),
    ]);
    const card = await cardOf(page, 'iad');
    expect(await card.locator('.connection-total').textContent()).toBe('430.0 ms to 192.0.2.7');
    expect(await pairsOf(page, '.phases')).toEqual([
      ['Look-up of the name, before it', '2.40 ms'],
      ['TCP handshake', '86.2 ms'],
      ['TLS handshake', '181.5 ms'],
      ['Startup and login', '262.9 ms'],
    ]);
    expect(await pairsOf(page, '.facts')).toEqual([
      ['Encryption', 'TLS 1.3'],
      ['Certificate', `ends in 103 days, ${facts.certificate_not_after.slice(0, 10)}`],
      ['Pooler', "a pooler answers: the startup is its own, not the database's"],
      [
        'Failed addresses',
        'timeout ×2 the latest: 192.0.2.6: no answer within 500 msunreachable 2001:db8::7: no route',
      ],
    ]);
    // The bar's pieces are as long as what they stand for.
    const widthOf = async (phase: string) =>
      (await card.locator(`.phase-bar .phase-${phase}`).boundingBox())?.width ?? 0;
    const ratio = (await widthOf('startup')) / (await widthOf('tcp'));
    expect(ratio).toBeCloseTo(262.9 / 86.2, 1);
    expect(it.complaints).toEqual([]);
  });

  it('says that there is no TLS, and whether the server was asked', async () => {
    const plain = { ...facts, tls_version: null, certificate_not_after: null, dns_ms: null };
    const { page } = await pageOf([
      await peer('iad', { connection: { ...plain, tls_ms: null, address: null } }),
      await peer('lhr', { connection: plain }),
    ]);
    const card = await cardOf(page, 'iad');
    expect(await card.locator('.connection-total').textContent()).toContain(
      'a socket of this machine',
    );
    expect(await pairsOf(page, '.phases')).toEqual([
      ['TCP handshake', '86.2 ms'],
      ['TLS handshake', 'no TLS'],
      ['Startup and login', '262.9 ms'],
    ]);
    expect(await pairsOf(page, '.facts')).toEqual([['Encryption', 'no TLS: none is asked for']]);
    await cardOf(page, 'lhr');
    expect(await pairsOf(page, '.facts')).toEqual([
      ['Encryption', 'no TLS: the server offers none'],
    ]);
  });

  it('has words for a failed connection, for none yet, and for an older backend', async () => {
    const failed_attempts = [{ reason: 'timeout', count: 1, message: timeout('192.0.2.6') }];
    const { page } = await pageOf([
      await peer('nrt', { ...failedConnect(), failed_attempts }),
      await peer('syd'),
      await peer('lhr', {}),
    ]);
    const card = await cardOf(page, 'nrt');
    expect(await card.locator('.connection-failure').textContent()).toBe(
      'auth The latest one failed: no pg_hba.conf entry for host "203.0.113.9", user "probe"',
    );
    expect(await pairsOf(page, '.facts')).toEqual([
      ['Failed addresses', 'timeout 192.0.2.6: no answer within 500 ms'],
    ]);
    expect(await card.locator('.phase-bar').count()).toBe(0);
    expect(await (await cardOf(page, 'syd')).textContent()).toContain('No run yet.');
    const old = await (await cardOf(page, 'lhr')).textContent();
    expect(old).toContain('430.0 ms');
    expect(old).toContain('This backend has an older version that reports no phases.');
  });

  it.each([
    ['light', { width: 1280, height: 1000 }],
    ['dark', { width: 1280, height: 1000 }],
    ['light', { width: 390, height: 844 }],
    ['dark', { width: 320, height: 844 }],
  ] as const)('is accessible, %s, %o, with one target and with two', async (scheme, viewport) => {
    const soon = { ...facts, certificate_not_after: dateIn(19.5 * DAY_MS) };
    const urgent = { ...facts, certificate_not_after: dateIn(1.5 * DAY_MS), tcp_ms: 40 };
    const failed_attempts = [
      { reason: 'timeout', count: 2, message: timeout('2001:db8:1234:5678:9abc:def0:1234:5678') },
    ];
    const replica = { replication_lag_ms: 1, visibility_delay_ms: 9, visibility_failure: null };
    const { page, it } = await pageOf(
      [
        await peer('iad', { connection: soon, pooler: true, failed_attempts }),
        await peer('nrt', failedConnect()),
        await peer('gru', { connection: urgent }, { target: 'near', replica, connection: soon }),
      ],
      { colorScheme: scheme, viewport },
    );
    for (const [region, marks] of [
      ['iad', ['soon ends in 19 days: renew it', 'soon timeout ×2']],
      ['nrt', ['urgent auth']],
      ['gru', ['urgent ends in 35 hours: renew it now', 'soon ends in 19 days: renew it']],
    ] as const) {
      const card = await cardOf(page, region);
      const found = (await card.locator('.mark').all()).map(async (mark) =>
        [await mark.getAttribute('data-urgency'), await mark.textContent()].join(' '),
      );
      expect(await Promise.all(found)).toEqual(marks);
      expect(await violationsOf(page, AXE)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      const fits = `[...document.querySelectorAll('.connection-card :is(dt, dd)')]
        .every((it) => it.scrollWidth <= it.clientWidth)`;
      expect([region, await page.evaluate(fits)]).toEqual([region, true]);
      if (process.env.SCREENSHOTS === 'true' && region === 'iad') {
        const device = viewport.width < 480 ? 'phone-' : '';
        await card.screenshot({ path: `${IMAGES}connection-${device}${scheme}.png` });
      }
      await page.getByRole('button', { name: `City of ${region}` }).click();
    }
    expect(it.complaints).toEqual([]);
  });
});
