import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE, findRegion, type CatalogueCode } from '../../src/regions.js';
import { findTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';
import { APP, SCRATCH, type Host } from './host.js';
import { pointName, setUpHub, tunnelDown, tunnelUp } from './hub.js';
import {
  BYSTANDER,
  DATABASE,
  DATABASE_NAME,
  DISTANCES_MS,
  machineAddress,
  startNetwork,
  type Network,
} from './network.js';
import { BACKEND_PORT, roundTripMs, startRegion, type Region } from './region.js';
import { renderTable, type Row } from './table.js';

const TOOLS = [
  'unshare',
  'nsenter',
  'ip',
  'iptables',
  'wg',
  'wg-quick',
  'wireguard-go',
  'setpriv',
  'curl',
];
const missing = [
  ...TOOLS.filter((tool) => findTool(tool) === null),
  ...(process.getuid?.() === 0 ? [] : ['root']),
];
if (missing.length > 0) {
  console.warn(`\n*** SKIPPED: the end-to-end test needs ${missing.join(', ')} ***\n`);
}

const HANDSHAKE = 'pglatency_wireguard_last_handshake_timestamp_seconds';
const FAILURES = 'pglatency_operation_failures_total';
const NOBODY = 65_534;

describe.skipIf(missing.length > 0 && process.env.CI !== 'true')('ten regions, end to end', () => {
  const password = randomBytes(18).toString('base64url');
  const regions = new Map<CatalogueCode, Region>();
  let network: Network;
  let shared: Record<string, string> = {};

  const region = (code: CatalogueCode) => regions.get(code) as Region;
  const address = (code: CatalogueCode) => findRegion(code)?.wireguardAddress as string;

  /** At a second of the half minute that is the region's own, so that no two measure at once. */
  const scheduleOf = (code: CatalogueCode) => {
    const second = CATALOGUE.findIndex((it) => it.code === code) * 3;
    return `${second},${second + 30} * * * * *`;
  };

  const start = async (code: CatalogueCode, at: string) => {
    const files = {
      'ca.pem': network.certificates.authority,
      'stranger.pem': network.certificates.stranger,
    };
    return startRegion(code, await network.addMachine(code, at), files, {
      ...shared,
      DB_HOST: '10.50.0.1',
      DB_USER: 'pglatency',
      DB_PASSWORD: password,
      DB_CA_FILE: `${SCRATCH}/ca.pem`,
      DB_TLS_SERVERNAME: DATABASE_NAME,
      OPERATION_TIMEOUT_MS: '4000',
      SCHEDULE: scheduleOf(code),
    });
  };

  beforeAll(async () => {
    expect(missing, 'what the test needs').toEqual([]);
    network = await startNetwork(password);
    shared = await setUpHub(network);
    for (const { code } of CATALOGUE) {
      regions.set(code, await start(code, machineAddress(code)));
    }
    await Promise.all([...regions.values()].map(({ up }) => up()));
    const ownMs = await roundTripMs(region('lhr'));
    console.log(`the path without its distances: ${ownMs.toFixed(2)} ms`);
    network.relay.delay(ownMs);
  });

  afterAll(async () => {
    for (const { entrypoint, code } of regions.values()) {
      if (process.env.DEBUG) console.log(`--- ${code}\n${entrypoint.output()}`);
    }
    await network?.stop();
  });

  it('every region measures its distance, and the ranking is that of the distances', async () => {
    await Promise.all([...regions.values()].map(({ nextSuccess }) => nextSuccess(120_000)));
    const rows: Row[] = [];
    for (const { code, city } of CATALOGUE) {
      const { metric } = region(code);
      const seconds = (operation: string) =>
        metric('pglatency_last_run_operation_seconds', { operation, statistic: 'median' });
      const ms = async (operation: string) => ((await seconds(operation)) ?? NaN) * 1_000;
      rows.push({
        code,
        city,
        distanceMs: DISTANCES_MS[code],
        selectMs: await ms('select'),
        insertMs: await ms('insert'),
        connectMs: await ms('connect'),
      });
    }
    rows.sort((a, b) => a.selectMs - b.selectMs);
    console.log(renderTable(rows));

    for (const { code, distanceMs, selectMs, insertMs } of rows) {
      const tolerance = Math.max(0.05 * distanceMs, 3);
      expect(Math.abs(selectMs - distanceMs), `${code} select`).toBeLessThan(tolerance);
      expect(insertMs, `${code} insert: one round trip`).toBeLessThan(1.3 * distanceMs + 5);
    }
    expect(rows.map(({ code }) => code)).toEqual([
      'lhr',
      'cdg',
      'fra',
      'iad',
      'ord',
      'lax',
      'sin',
      'gru',
      'nrt',
      'syd',
    ]);
  });

  it('is scraped from the hub through the tunnel, with the state of the tunnel', async () => {
    for (const { code } of CATALOGUE) {
      const url = `http://${address(code)}:${BACKEND_PORT}/metrics`;
      const { stdout } = await network.hub.run('curl', ['-sS', '--max-time', '5', url]);
      expect(stdout).toMatch(new RegExp(`^${HANDSHAKE}{region="${code}"} \\d{10}$`, 'm'));
      expect(stdout).toMatch(/^pglatency_wireguard_receive_bytes_total{.*} \d{4,}$/m);
      expect(stdout).toMatch(/^pglatency_wireguard_transmit_bytes_total{.*} \d{4,}$/m);
    }
  });

  it('refuses an authority that did not sign the certificate, with the reason tls', async () => {
    const { host, metric } = region('lhr');
    const port = BACKEND_PORT + 1;
    const second = host.start(`${APP}/entrypoint.sh`, [], {
      ...{ FLY_REGION: 'lhr', WIREGUARD: 'off', BACKEND_USER: 'nobody', PORT: String(port) },
      ...{ DB_HOST: '10.50.0.1', DB_USER: 'pglatency', DB_PASSWORD: password },
      ...{ DB_CA_FILE: `${SCRATCH}/stranger.pem`, DB_TLS_SERVERNAME: DATABASE_NAME },
      SCHEDULE: '0 0 1 1 *',
    });
    const answer = await until(
      async () => (await region('lhr').get('/api/rds/benchmark?iterations=1', port)) ?? false,
      { what: 'an answer' },
    );
    expect(JSON.parse(answer)).toMatchObject({ reason: 'tls', region: 'lhr' });
    // The right authority, beside it, through the same tunnel.
    expect(await metric('pglatency_target_up')).toBe(1);
    await host.sh(`kill "$(pgrep -f '[d]ist/cli.js serve' | tail -n 1)"`);
    expect(await second.ended).toBe(0);
  });

  describe('a region that may do what it likes on its own machine', () => {
    let intruder: Host;

    beforeAll(async () => {
      await network.database.sh(`${serve(22)}`);
      await network.bystander.sh(`${serve(5432)} ${serve(network.owner.port)}`);
      await network.hub.sh(`${serve(22)}`);
      intruder = region('fra').host;
      // Everything into the tunnel: whatever stops it now stands on the hub.
      const hubKey = shared.WG_HUB_PUBLIC_KEY as string;
      await intruder.sh(`
        wg set wg0 peer ${hubKey} allowed-ips 10.0.0.0/8
        ip route add 10.50.0.0/16 dev wg0
        ip route add 10.60.1.0/24 dev wg0`);
    });

    /** Whether a TCP connection is accepted within three seconds. */
    const reaches = async (from: Host, target: string, port: number) => {
      const connect = ['bash', '--norc', '-c', `: </dev/tcp/${target}/${port}`];
      return (await from.run('timeout', ['3', ...connect])).code === 0;
    };

    it('reaches the database and its port, both ways that lead there', async () => {
      expect(await reaches(intruder, '10.50.0.1', 5432)).toBe(true);
      expect(await reaches(intruder, DATABASE.first, network.owner.port)).toBe(true);
    });

    it('reaches no other region', async () => {
      expect(await reaches(network.hub, address('lhr'), BACKEND_PORT)).toBe(true);
      expect(await reaches(intruder, address('lhr'), BACKEND_PORT)).toBe(false);
    });

    it("reaches no other port of the database's machine, nor another machine beside it", async () => {
      for (const [target, port] of [
        [DATABASE.first, 22],
        [BYSTANDER, 5432],
        [BYSTANDER, network.owner.port],
      ] as const) {
        expect(await reaches(network.hub, target, port), `hub → ${target}:${port}`).toBe(true);
        expect(await reaches(intruder, target, port), `fra → ${target}:${port}`).toBe(false);
      }
    });

    it("reaches none of the hub's own services", async () => {
      expect(await reaches(network.bystander, '10.60.1.10', 22)).toBe(true);
      expect(await reaches(intruder, '10.50.0.1', 22)).toBe(false);
      expect(await reaches(intruder, '10.60.1.10', 22)).toBe(false);
    });
  });

  describe('privileges and keys', () => {
    it.each(CATALOGUE.map(({ code }) => code))('%s: no process has a private key', async (code) => {
      const { host, entrypoint } = region(code);
      const keys = Object.entries(shared).filter(([name]) => name.startsWith('WG_PRIVATE_KEY'));
      expect(keys).toHaveLength(10);
      // With the scan's own proof: it sees the region's name, which is in the environment.
      const everything = await host.sh(
        `cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'`,
      );
      expect(everything).toContain(`FLY_REGION=${code}`);
      for (const [name, key] of keys) {
        expect(everything).not.toContain(key);
        expect(everything).not.toContain(name);
        expect(entrypoint.output()).not.toContain(key);
      }
      const config = await host.sh(
        'stat -c "%a %u" /etc/wireguard/wg0.conf; cat /etc/wireguard/wg0.conf',
      );
      expect(config).toMatch(/^600 0\n/);
      expect(config).toContain(shared[`WG_PRIVATE_KEY_${code.toUpperCase()}`]);
    });

    it('the backend has no user of power, no capability, and no way to get one', async () => {
      const { host } = region('lhr');
      const status = await host.sh(`cat "/proc/$(pgrep -f '[d]ist/cli.js serve')/status"`);
      expect(status).toMatch(new RegExp(`^Uid:(\\s${NOBODY}){4}$`, 'm'));
      expect(status).toMatch(new RegExp(`^Gid:(\\s${NOBODY}){4}$`, 'm'));
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        expect(status).toMatch(new RegExp(`^${set}:\\s0{16}$`, 'm'));
      }
      expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    });
  });

  describe('when something breaks', () => {
    const failures = async (code: CatalogueCode, reason?: string) =>
      (await region(code).metric(FAILURES, reason === undefined ? {} : { reason })) ?? NaN;

    it('a cut tunnel: timeouts, a living API, an ageing handshake; and then the next run succeeds', async () => {
      const lhr = region('lhr');
      await lhr.nextSuccess(40_000);
      const before = await failures('lhr');
      network.relay.cut(machineAddress('lhr'));
      const cutAt = Date.now();
      await until(async () => (await failures('lhr')) > before, {
        what: 'a failure',
        withinMs: 60_000,
        everyMs: 500,
      });
      const handshake = (await lhr.metric(HANDSHAKE)) ?? NaN;
      await until(
        async () => {
          expect(JSON.parse((await lhr.get('/api/info')) ?? '{}')).toMatchObject({ region: 'lhr' });
          return Date.now() - cutAt > 60_000;
        },
        { what: 'a minute', withinMs: 70_000, everyMs: 1_000 },
      );
      expect(await lhr.metric('pglatency_target_up')).toBe(0);
      expect(await lhr.metric(HANDSHAKE)).toBe(handshake);
      expect(Date.now() / 1_000 - handshake).toBeGreaterThan(59);
      const silent = (await failures('lhr', 'timeout')) + (await failures('lhr', 'unreachable'));
      expect(silent).toBe(await failures('lhr'));
      network.relay.restore(machineAddress('lhr'));
      await lhr.nextSuccess(65_000);
      await until(async () => ((await lhr.metric(HANDSHAKE)) ?? 0) > handshake, {
        what: 'a new handshake',
        withinMs: 30_000,
        everyMs: 1_000,
      });
    });

    it('a hub that restarts: every region comes back by itself', async () => {
      await tunnelDown(network.hub);
      await tunnelUp(network.hub);
      await Promise.all([...regions.values()].map(({ nextSuccess }) => nextSuccess(120_000)));
    });

    it('a database that moves: the path follows within a minute', async () => {
      await network.database.sh(`
        ip address del ${DATABASE.first}/24 dev eth0
        ip address add ${DATABASE.second}/24 dev eth0
        ip route replace default via 10.60.1.1`);
      const movedAt = Date.now();
      await pointName(network.hub, DATABASE.second);
      await until(
        async () => (await region('lhr').get('/api/rds/health'))?.includes('"connected"') ?? false,
        { what: 'the new address', withinMs: 60_000, everyMs: 500 },
      );
      console.log(`the path followed in ${((Date.now() - movedAt) / 1_000).toFixed(1)} s`);
      await region('lhr').nextSuccess(60_000);
    });

    it('two machines with one identity: handshakes many times as often', async () => {
      const handshakes = async (code: CatalogueCode, seconds: number) => {
        const seen = new Set<number>();
        const end = Date.now() + seconds * 1_000;
        await until(
          async () => {
            const at = await region(code).metric(HANDSHAKE);
            if (at !== undefined) seen.add(at);
            return Date.now() > end;
          },
          { what: 'the time', withinMs: seconds * 1_000 + 10_000, everyMs: 1_000 },
        );
        return seen.size;
      };
      const alone = await handshakes('cdg', 60);
      const twin = await start('cdg', machineAddress('cdg', true));
      await twin.up();
      const together = await handshakes('cdg', 60);
      console.log(`handshakes seen in a minute: ${alone} alone, ${together} with a twin`);
      expect(alone).toBeLessThanOrEqual(2);
      expect(together).toBeGreaterThanOrEqual(alone + 2);
    });
  });
});

/** A shell command that listens on a port, in the background. */
function serve(port: number): string {
  return `node -e 'require("net").createServer(() => {}).listen(${port})' >/dev/null 2>&1 & `;
}
