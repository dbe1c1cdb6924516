import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import type { Check, Finding } from '../../src/doctor/checks/check.js';
import { createFleetSubject, type FleetSubject } from '../../src/doctor/checks/fleet-subject.js';
import { peersCheck } from '../../src/doctor/checks/peers.js';
import { scrapesCheck } from '../../src/doctor/checks/scrapes.js';
import { tunnelCheck } from '../../src/doctor/checks/tunnel.js';
import { findFreePort } from '../../src/lab/ports.js';
import { nextSuccess, startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { visit } from '../helpers/doctor.js';
import { until } from '../helpers/until.js';

const folder = mkdtempSync(join(tmpdir(), 'pglatency-doctor-fleet-'));
const closes: (() => unknown)[] = [];
let database: TestDatabase;
/** Measures well. */
let well: TestBackend;
/** Where nobody listens. */
let nobody: string;
/** Its database is not there. */
let failing: TestBackend;

const QUICK = { SCHEDULE: '* * * * * *', ITERATIONS: '1', OPERATION_TIMEOUT_MS: '2000' };

async function start(env: Record<string, string>): Promise<TestBackend> {
  const backend = await startTestBackend({ ...database.env, ...QUICK, ...env });
  closes.unshift(() => backend.close());
  return backend;
}

beforeAll(async () => {
  database = await createDatabase();
  closes.push(() => database.drop());
  nobody = `http://127.0.0.1:${await findFreePort()}`;
  well = await start({ REGION: 'lhr' });
  failing = await start({ REGION: 'syd', DB_PORT: '1' });
  await nextSuccess(well);
  await until(async () => (await failing.metric('pglatency_target_up')) === 0);
});
afterAll(async () => {
  for (const close of closes) await close();
  rmSync(folder, { recursive: true });
});

function run(check: Check<FleetSubject>, env: Record<string, string>): Promise<readonly Finding[]> {
  const config = loadConfig({ ...database.env, ...env });
  return check.run(createFleetSubject(config, new AbortController().signal));
}

/** A peer that is something else. */
async function startStranger(type: string, body: string): Promise<string> {
  const server = createServer((_, res) => res.setHeader('content-type', type).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closes.unshift(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('peers', () => {
  test('that measure', async () => {
    const [found, ...more] = await run(peersCheck, { PEERS: `lhr=${well.url}` });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ status: 'ok', found: 'each peer of pglatency answers: lhr' });
  });

  test.each([
    ['nobody listens', () => `fra=${nobody}`, /fra at http.*: connection refused/],
    ['it is another region', () => `fra=${well.url}`, /it says that it is "lhr"/],
    ['its runs fail', () => `syd=${failing.url}`, /latest run of primary ended with failure/],
  ])('%s', async (_, peers, text) => {
    const found = await run(peersCheck, { PEERS: peers() });
    expect(found.map(({ status }) => status)).toEqual(['broken']);
    expect(found[0]?.found).toMatch(text);
  });

  test('of another fleet', async () => {
    const [found] = await run(peersCheck, { FLEET: 'staging', PEERS: `lhr=${well.url}` });
    expect(found?.status).toBe('broken');
    expect(found?.found).toContain('to the fleet "pglatency"');
  });

  test('that cannot be looked up', async () => {
    const [found] = await run(peersCheck, { PEERS: 'dns:no-such-application' });
    expect(found?.status).toBe('broken');
  });
});

describe('scrapes', () => {
  test('what Prometheus would read', async () => {
    const [found] = await run(scrapesCheck, { PEERS: `lhr=${well.url}` });
    expect(found?.status).toBe('ok');
    expect(found?.found).toMatch(/^each of 1 peer can be scraped from here: \d{3,} series/);
  });

  test.each([
    ['nobody listens', () => Promise.resolve(nobody), /connection refused/],
    ['a web page', () => startStranger('text/html', '<html>'), /it answers with text\/html/],
    ['another program', () => startStranger('text/plain', 'up 1\n'), /another program/],
  ])('%s', async (_, origin, text) => {
    const [found] = await run(scrapesCheck, { PEERS: `fra=${await origin()}` });
    expect(found?.status).toBe('broken');
    expect(found?.found).toMatch(text);
  });

  test('another fleet, another region', async () => {
    const found = await run(scrapesCheck, { FLEET: 'staging', PEERS: `fra=${well.url}` });
    expect(found.map(({ status }) => status)).toEqual(['broken', 'warning']);
  });
});

describe('tunnel', () => {
  const file = join(folder, 'wireguard');
  const write = (handshakeAgoS: number | null) => {
    const at = handshakeAgoS === null ? 0 : Math.floor(Date.now() / 1_000) - handshakeAgoS;
    writeFileSync(file, `latest_handshake ${at}\nreceive_bytes 1\ntransmit_bytes 1\n`);
  };
  const status = async () => (await run(tunnelCheck, { WIREGUARD_STATUS_FILE: file }))[0]?.status;

  test.each([
    [20, 'ok'],
    [400, 'broken'],
    [null, 'broken'],
  ])('a handshake %s s ago: %s', async (ago, expected) => {
    write(ago);
    expect(await status()).toBe(expected);
  });

  test('a file that nobody writes any more is not called good', async () => {
    write(20);
    utimesSync(file, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000));
    expect(await status()).toBe('unknown');
  });
});

test('the command looks at the fleet that the environment tells of', async () => {
  const env = { ...database.env, PEERS: `lhr=${well.url},syd=${failing.url}`, FLEET: 'pglatency' };
  const { code, document, of } = await visit([], env);
  expect(document.fleet?.checks.map(({ check }) => check)).toEqual(['peers', 'scrapes']);
  expect(of('peers')).toHaveLength(1);
  expect(of('scrapes')[0]?.status).toBe('ok');
  expect(code).toBe(1);
});
