import { afterEach, describe, expect, it } from 'vitest';
import { fleetAnswer, type FleetAnswer } from '../../src/api/fleet-answer.js';
import { scrapeTargets } from '../../src/api/scrape-targets.js';
import type { FleetRow } from '../../src/fleet/row.js';
import { findFreePort } from '../../src/lab/ports.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { runCli } from '../helpers/cli.js';
import { createDatabase } from '../helpers/database.js';
import { json, latestOf, startStrangePeer } from '../helpers/strange-peer.js';
import { until } from '../helpers/until.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function backend(env: Record<string, string>): Promise<TestBackend> {
  const started = await startTestBackend(env);
  closing.push(() => started.close());
  return started;
}

/** Two machines that do not say where they are, each with the same list of peers. */
async function twoLocals(env: Record<string, string> = {}, extra: readonly string[] = []) {
  const ports = [await findFreePort(), await findFreePort()];
  const PEERS = [...ports.map((port) => `local=http://127.0.0.1:${port}`), ...extra].join(',');
  const start = (port: number, name: string) =>
    backend({ ...env, PEERS, PORT: String(port), FLY_MACHINE_ID: name });
  return [
    await start(ports[0] as number, 'web-1'),
    await start(ports[1] as number, 'web-2'),
  ] as const;
}

async function fleetOf(it: TestBackend): Promise<FleetAnswer> {
  return fleetAnswer.parse((await it.get('/api/fleet')).body);
}

const machinesOf = ({ rows }: { rows: FleetAnswer['rows'] }) =>
  rows.map(({ region, machine, machine_short }) => [region, machine, machine_short]).sort();

const BOTH = [
  ['local', 'web-1', 'web-1'],
  ['local', 'web-2', 'web-2'],
];

describe('two backends of one region', () => {
  it('are two rows, seen from each, and each has its own history', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const both = await twoLocals({ ...database.env, SCHEDULE: '* * * * * *' });
    for (const it of both) {
      const fleet = await until(async () => {
        const answer = await fleetOf(it);
        return answer.rows.every(({ state }) => state === 'ok') && answer;
      });
      expect(machinesOf(fleet)).toEqual(BOTH);
      expect(fleet.rows.map(({ rank }) => rank)).toEqual([1, 2]);
      expect(fleet.reads.map(({ machine_short }) => machine_short)).toEqual(
        fleet.rows.map(({ machine_short }) => machine_short),
      );
      const { body } = await it.get<{ instance: string }>('/api/info');
      expect(fleet.instance).toBe(body.instance);
      expect(new Set(fleet.rows.map(({ instance }) => instance)).size).toBe(2);
      for (const { instance } of fleet.rows) {
        const path = `/api/fleet/history?region=local&instance=${instance ?? ''}`;
        const history = await it.get<{ region: string; ended_at_s: number[] }>(path);
        expect(history.status).toBe(200);
        expect(history.body.ended_at_s.length).toBeGreaterThan(0);
      }
    }
    const nobody = await both[0].get('/api/fleet/history?region=local&instance=nobody');
    expect(nobody).toMatchObject({
      status: 404,
      body: { error: 'no peer has the region local and the instance nobody' },
    });
  });

  it('are two targets of Prometheus, with their fleet', async () => {
    const [first] = await twoLocals({ FLEET: 'staging' });
    const { body } = await first.get('/api/fleet/targets');
    const groups = scrapeTargets.parse(body);
    expect(groups).toHaveLength(2);
    expect(new Set(groups.flatMap(({ targets }) => targets)).size).toBe(2);
    for (const { labels } of groups) expect(labels).toEqual({ fleet: 'staging', region: 'local' });
  });

  it('are two rows of bench', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const [first, second] = await twoLocals(database.env);
    const urls = [first, second].flatMap(({ url }) => ['--url', `local=${url}`]);
    const { code, stdout } = await runCli(['bench', ...urls, '--iterations', '2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/local web-1 /);
    expect(stdout).toMatch(/local web-2 /);
    const matrix = await runCli(['bench', '--targets', ...urls, '--iterations', '2']);
    expect(matrix.stdout).toMatch(/local web-1 [^]*local web-2 |local web-2 [^]*local web-1 /);
  });

  it('of which one ends stay two', async () => {
    const [first, second] = await twoLocals();
    expect((await fleetOf(first)).rows).toHaveLength(2);
    await second.close();
    const rows = await until(async () => {
      const answer = await fleetOf(first);
      return answer.rows.some(({ error }) => error === 'connection refused') && answer.rows;
    });
    expect(machinesOf({ rows })).toEqual(BOTH);
  });

  it('of which one was never there are two: the silent one by its address', async () => {
    const port = await findFreePort();
    const it = await backend({ PEERS: `local=http://127.0.0.1:9,local=http://127.0.0.1:${port}` });
    // Neither address is this backend's: one of the two must be, and the other is missing.
    const { rows, instance } = await fleetOf(it);
    expect(rows.map(({ region, state }) => [region, state]).sort()).toEqual([
      ['local', 'no_database'],
      ['local', 'unreachable'],
    ]);
    const silent = rows.find((row) => row.instance !== instance);
    expect(silent?.machine_short).toBe(`127.0.0.1:${port}`);
  });
});

describe('a backend under two addresses', () => {
  it('is one row, one target of Prometheus, and measured once', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const peer = await backend({ ...database.env, FLY_REGION: 'lhr', LISTEN_HOST: '0.0.0.0' });
    const port = new URL(peer.url).port;
    const addresses = [`lhr=http://127.0.0.1:${port}`, `http://127.0.0.2:${port}`];
    const near = await backend({ FLY_REGION: 'nrt', PEERS: addresses.join(',') });
    const { rows } = await fleetOf(near);
    expect(rows.map(({ region, machine_short }) => [region, machine_short]).sort()).toEqual([
      ['lhr', null],
      ['nrt', null],
    ]);
    const { body } = await near.get('/api/fleet/targets');
    const targets = scrapeTargets.parse(body).flatMap((group) => group.targets);
    expect(targets.sort()).toEqual([`127.0.0.1:${port}`, new URL(near.url).host].sort());
    const urls = addresses.flatMap((address) => ['--url', address]);
    const { stdout } = await runCli(['bench', ...urls, '--iterations', '2', '--format', 'json']);
    expect((JSON.parse(stdout) as FleetRow[]).map(({ region }) => region)).toEqual(['lhr']);
  });

  it('that is this backend is its own row, once', async () => {
    const port = await findFreePort();
    const self = `http://127.0.0.1:${port},http://127.0.0.2:${port}`;
    const it = await backend({ LISTEN_HOST: '0.0.0.0', PORT: String(port), PEERS: self });
    expect((await fleetOf(it)).rows).toHaveLength(1);
  });
});

it('no peer makes a backend of another region disappear by claiming its instance', async () => {
  const honest = await backend({ FLY_REGION: 'lhr' });
  const { body } = await honest.get<{ instance: string }>('/api/info');
  const liar = await startStrangePeer(json({ ...latestOf('syd', 1), instance: body.instance }));
  closing.push(liar.close);
  const near = await backend({
    FLY_REGION: 'nrt',
    PEERS: `syd=${liar.origin},lhr=${honest.url}`,
  });
  const regions = (await fleetOf(near)).rows.map(({ region }) => region);
  expect(regions.sort()).toEqual(['lhr', 'nrt', 'syd']);
});
