import { afterEach, describe, expect, it } from 'vitest';
import { createDirectory } from '../../src/fleet/directory.js';
import { createFleet } from '../../src/fleet/fleet.js';
import type { FleetRow } from '../../src/fleet/row.js';
import { latestAnswer } from '../../src/api/answers.js';
import { findFreePort } from '../../src/lab/ports.js';
import { parsePeerSource } from '../../src/config/peers.js';
import { startTestBackend } from '../helpers/backend.js';
import { runCli } from '../helpers/cli.js';
import { createDatabase } from '../helpers/database.js';
import { startNameServer, type NameServer, type Zone } from '../helpers/name-server.js';
import { latestOf } from '../helpers/strange-peer.js';
import { until } from '../helpers/until.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function dns(zone: Zone): Promise<NameServer> {
  const server = await startNameServer(zone);
  closing.push(server.close);
  return server;
}

function directoryOf(server: NameServer, peers = 'dns:app:9000', renewAfterMs = 60_000) {
  return createDirectory(parsePeerSource(peers), {
    defaultPort: 8080,
    servers: [server.address],
    renewAfterMs,
  });
}

const lhr = { region: 'lhr', origin: 'http://[fdaa::3]:9000' };
const lhr2 = { region: 'lhr', origin: 'http://[fdaa::5]:9000' };
const nrt = { region: 'nrt', origin: 'http://[fdaa:0:1:a7b::4]:9000' };
const ZONE: Zone = {
  'regions.app.internal': { txt: 'lhr,nrt, xyz,lhr' },
  'lhr.app.internal': { aaaa: ['fdaa::5', 'fdaa::3'] },
  'nrt.app.internal': { aaaa: ['fdaa:0:1:a7b::4'] },
};

const byRegion = (peers: readonly { region: string | null }[]) =>
  [...peers].sort((a, b) => ((a.region ?? '') < (b.region ?? '') ? -1 : 1));

describe('peers of the DNS', () => {
  it('are every address of each region that the DNS names, looked up once for many', async () => {
    const server = await dns(ZONE);
    const directory = directoryOf(server);
    const answers = await Promise.all([directory.peers(), directory.peers(), directory.peers()]);
    for (const { peers, error } of answers) {
      expect(byRegion(peers)).toEqual([lhr, lhr2, nrt]);
      expect(error).toBeNull();
    }
    await directory.peers();
    expect(server.asked.sort()).toEqual([...Object.keys(ZONE), 'xyz.app.internal'].sort());
  });

  it("listen on this backend's port unless another is named", async () => {
    const { peers } = await directoryOf(await dns(ZONE), 'dns:app').peers();
    expect(peers.map(({ origin }) => new URL(origin).port)).toEqual(['8080', '8080', '8080']);
  });

  it('come and go with the answer', async () => {
    const server = await dns({ ...ZONE, 'regions.app.internal': { txt: 'lhr' } });
    const directory = directoryOf(server, 'dns:app:9000', 0);
    expect((await directory.peers()).peers).toEqual([lhr, lhr2]);
    server.zone = ZONE;
    expect(byRegion((await directory.peers()).peers)).toEqual([lhr, lhr2, nrt]);
    const gone: Zone = { 'nrt.app.internal': { aaaa: [] } };
    server.zone = { ...ZONE, ...gone };
    expect(await directory.peers()).toEqual({ peers: [lhr, lhr2], error: null });
  });

  it('are none, and why, when the application does not exist', async () => {
    expect(await directoryOf(await dns({})).peers()).toEqual({
      peers: [],
      error: 'app.internal could not be looked up: there is no such name',
    });
  });

  it('stay as they were while the name server does not answer, within its bound', async () => {
    const server = await dns(ZONE);
    const directory = directoryOf(server, 'dns:app:9000', 0);
    await directory.peers();
    server.zone = { 'regions.app.internal': null };
    const startedAt = performance.now();
    const { peers, error } = await directory.peers();
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(byRegion(peers)).toEqual([lhr, lhr2, nrt]);
    expect(error).toBe('app.internal could not be looked up: the name server does not answer');
  });

  it('stay where only one region cannot be looked up', async () => {
    const server = await dns(ZONE);
    const directory = directoryOf(server, 'dns:app:9000', 0);
    await directory.peers();
    server.zone = { ...ZONE, 'nrt.app.internal': null };
    const { peers, error } = await directory.peers();
    expect(byRegion(peers)).toEqual([lhr, lhr2, nrt]);
    expect(error).toBe('app: the addresses of nrt could not be looked up');
  });
});

/** Backends of these regions at one port of the loopback, and what the DNS says of them. */
async function startRegions(env: Record<string, string>, regions: readonly string[]) {
  const port = await findFreePort();
  const instances = new Map<string, string>();
  const zone: Zone = { 'regions.app.internal': { txt: regions.join(',') } };
  for (const [i, region] of regions.entries()) {
    const host = `127.0.0.${i + 2}`;
    const settings = { FLY_REGION: region, LISTEN_HOST: host, PORT: String(port) };
    const backend = await startTestBackend({ ...env, ...settings });
    closing.push(() => backend.close());
    zone[`${region}.app.internal`] = { aaaa: [host] };
    const { body } = await backend.get<{ instance: string }>('/api/info');
    instances.set(region, body.instance);
  }
  return { port, zone, instances };
}

describe('an application of three regions', () => {
  it('is a fleet, in which a region that comes later appears', async () => {
    const { port, zone, instances } = await startRegions({}, ['lhr', 'nrt', 'syd']);
    const early = { ...zone, 'regions.app.internal': { txt: 'lhr,nrt' } };
    const server = await dns(early);
    const fleet = createFleet({
      directory: directoryOf(server, `dns:app:${port}`, 0),
      self: {
        fleet: 'pglatency',
        region: 'lhr',
        instance: instances.get('lhr') ?? 'none',
        latest: () => latestAnswer.parse(latestOf('lhr', 10)),
      },
    });
    const states = async () =>
      (await fleet.lines()).rows.map(({ region, state, error }) => [region, state, error]);
    const two = [
      ['lhr', 'ok', null],
      ['nrt', 'no_database', 'no database is configured'],
    ];
    expect(await states()).toEqual(two);
    server.zone = zone;
    expect(await states()).toEqual([...two, ['syd', 'no_database', 'no database is configured']]);
    server.zone = early;
    expect(await states()).toEqual(two);
  });

  it('is answered in time while the name servers hang, with the peers that are known', async () => {
    const servers = [await dns({ ...ZONE }), await dns({}), await dns({})];
    const hang = () => servers.forEach((it) => (it.zone = { 'regions.app.internal': null }));
    const fleetOf = () =>
      createFleet({
        directory: createDirectory(parsePeerSource('dns:app:9'), {
          defaultPort: 9,
          servers: servers.map(({ address }) => address),
          renewAfterMs: 0,
        }),
        self: {
          fleet: 'pglatency',
          region: 'syd',
          instance: 'of-syd',
          latest: () => latestAnswer.parse(latestOf('syd', 10)),
        },
        settings: { patienceMs: 600 },
      });
    const ask = async (fleet: ReturnType<typeof createFleet>) => {
      const startedAt = performance.now();
      const { rows, peersError } = await fleet.lines();
      const regions = rows.map(({ region }) => region).sort();
      return { regions, peersError, tookMs: performance.now() - startedAt };
    };
    const known = fleetOf();
    expect(await ask(known)).toMatchObject({
      regions: ['lhr', 'lhr', 'nrt', 'syd'],
      peersError: null,
    });
    hang();
    const later = await ask(known);
    expect(later.regions).toEqual(['lhr', 'lhr', 'nrt', 'syd']);
    expect(later.tookMs).toBeLessThan(900);

    const unknown = fleetOf();
    const first = await ask(unknown);
    expect(first).toMatchObject({
      regions: ['syd'],
      peersError: 'app.internal is being looked up',
    });
    expect(first.tookMs).toBeLessThan(900);
    const given = await until(
      async () => {
        const { peersError } = await unknown.lines();
        return peersError === first.peersError ? false : peersError;
      },
      { what: 'the look-up is given up' },
    );
    expect(given).toBe('app.internal could not be looked up: the name server does not answer');
  });

  it('is measured by bench --app', async () => {
    const database = await createDatabase();
    closing.push(() => database.drop());
    const { port, zone } = await startRegions(database.env, ['lhr', 'nrt']);
    const server = await dns({
      ...zone,
      'regions.app.internal': { txt: 'lhr,nrt,syd' },
      'syd.app.internal': { aaaa: ['127.0.0.9'] },
    });
    const bench = (app: string) =>
      runCli([
        ...['bench', '--app', app, '--dns-server', server.address],
        ...['--iterations', '2', '--format', 'json'],
      ]);
    const { code, stdout } = await bench(`app:${port}`);
    expect(code).toBe(1);
    const rows = JSON.parse(stdout) as FleetRow[];
    expect(rows.map(({ rank }) => rank)).toEqual([1, 2, null]);
    expect(new Set(rows.slice(0, 2).map(({ region }) => region))).toEqual(new Set(['lhr', 'nrt']));
    expect(rows[2]).toMatchObject({ region: 'syd', error: 'connection refused' });

    const nowhere = await bench('nowhere');
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('nowhere.internal could not be looked up: there is no such');
    server.zone = { 'regions.app.internal': null };
    const silent = await bench('app');
    expect(silent.code).toBe(1);
    expect(silent.stderr).toContain('the name server does not answer');
  });
});
