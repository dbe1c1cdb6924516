import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_FLEET } from '../../src/regions/default-fleet.js';
import { roundTripOf } from '../../src/lab/distances.js';
import { parseExposition, valueOf } from '../helpers/exposition.js';
import { until } from '../helpers/until.js';
import { APP, SCRATCH, type Host } from './host.js';
import { measure, renderTable, toleranceMs } from './measure.js';
import { BYSTANDER, DATABASE } from './network.js';
import { BACKEND_PORT } from './region.js';
import {
  HANDSHAKE,
  skipped,
  startTenRegions,
  tunnelAddress,
  type TenRegions,
} from './ten-regions.js';

const NOBODY = 65_534;
const RUNS = 'pglatency_runs_total';

describe.skipIf(skipped)('ten regions, end to end', () => {
  let regions: TenRegions;
  beforeAll(async () => {
    regions = await startTenRegions();
    return regions.stop;
  });

  it('every region measures its distance, and the ranking is that of the distances', async () => {
    const rows = await Promise.all(regions.all.map(measure));
    rows.sort((a, b) => a.selectMs - b.selectMs);
    console.log(renderTable(rows));

    for (const { code, distanceMs, selectMs, insertMs } of rows) {
      expect(Math.abs(selectMs - distanceMs), `${code} select`).toBeLessThan(
        toleranceMs(distanceMs),
      );
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
    for (const { code } of DEFAULT_FLEET) {
      const url = `http://${tunnelAddress(code)}:${BACKEND_PORT}/metrics`;
      const { stdout } = await regions.network.hub.run('curl', ['-sS', '--max-time', '5', url]);
      expect(stdout).toMatch(new RegExp(`^${HANDSHAKE}{.*region="${code}".*} \\d{10}$`, 'm'));
      expect(stdout).toMatch(/^pglatency_wireguard_receive_bytes_total{.*} \d{4,}$/m);
      expect(stdout).toMatch(/^pglatency_wireguard_transmit_bytes_total{.*} \d{4,}$/m);
    }
  });

  it('refuses an authority that did not sign the certificate, with the reason tls', async () => {
    const { host, metric } = regions.region('lhr');
    const port = BACKEND_PORT + 1;
    const second = host.start(`${APP}/entrypoint.sh`, [], {
      ...{ FLY_REGION: 'lhr', WIREGUARD: 'off', BACKEND_USER: 'nobody', PORT: String(port) },
      ...regions.databaseEnv,
      DB_CA_FILE: `${SCRATCH}/stranger.pem`,
      SCHEDULE: '0 0 1 1 *',
    });
    const answer = await until(
      async () =>
        (await regions.region('lhr').get('/api/rds/benchmark?iterations=1', port)) ?? false,
      { what: 'an answer' },
    );
    expect(JSON.parse(answer)).toMatchObject({ reason: 'tls', region: 'lhr' });
    // The right authority, beside it, through the same tunnel.
    expect(await metric('pglatency_target_up')).toBe(1);
    await host.run('kill', [String(await second.pid())]);
    expect(await second.ended).toBe(0);
  });

  describe('a region that may do what it likes on its own machine', () => {
    let intruder: Host;

    beforeAll(async () => {
      await regions.network.database.sh(serve(22));
      await regions.network.bystander.sh(`${serve(5432)} ${serve(regions.network.owner.port)}`);
      await regions.network.hub.sh(serve(22));
      intruder = regions.region('fra').host;
      // Everything into the tunnel: whatever stops it now stands on the hub.
      const hubKey = regions.tunnelEnv.WG_HUB_PUBLIC_KEY as string;
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
      expect(await reaches(intruder, DATABASE.first, regions.network.owner.port)).toBe(true);
    });

    it('reaches no other region', async () => {
      expect(await reaches(regions.network.hub, tunnelAddress('lhr'), BACKEND_PORT)).toBe(true);
      expect(await reaches(intruder, tunnelAddress('lhr'), BACKEND_PORT)).toBe(false);
    });

    it("reaches no other port of the database's machine, nor another machine beside it", async () => {
      for (const [target, port] of [
        [DATABASE.first, 22],
        [BYSTANDER, 5432],
        [BYSTANDER, regions.network.owner.port],
      ] as const) {
        expect(await reaches(regions.network.hub, target, port), `hub → ${target}:${port}`).toBe(
          true,
        );
        expect(await reaches(intruder, target, port), `fra → ${target}:${port}`).toBe(false);
      }
    });

    it("reaches none of the hub's own services", async () => {
      expect(await reaches(regions.network.bystander, '10.60.1.10', 22)).toBe(true);
      expect(await reaches(intruder, '10.50.0.1', 22)).toBe(false);
      expect(await reaches(intruder, '10.60.1.10', 22)).toBe(false);
    });
  });

  describe('a database far away', () => {
    /** A second backend on a region's machine, through the same tunnel. @returns how to ask it, and to end it. */
    const startBeside = async (code: string, port: number, env: Record<string, string>) => {
      const { host, get } = regions.region(code);
      const backend = host.start(`${APP}/entrypoint.sh`, [], {
        ...{ FLY_REGION: code, WIREGUARD: 'off', BACKEND_USER: 'nobody', PORT: String(port) },
        ...{ ...regions.databaseEnv, SCHEDULE: '0 0 1 1 *', ...env },
      });
      await until(async () => (await get('/healthz', port)) !== null, { what: `port ${port}` });
      const ask = async (path: string): Promise<string> => {
        const url = `http://127.0.0.1:${port}${path}`;
        const { stdout, stderr } = await host.run('curl', ['-sS', '--max-time', '25', url]);
        if (stdout === '') throw new Error(`${stderr}\n${backend.output()}`);
        return stdout;
      };
      const end = async () => {
        await host.run('kill', [String(await backend.pid())]);
        expect(await backend.ended).toBe(0);
      };
      return { ask, end, output: backend.output };
    };

    it('an address of three is as far as the first: no attempt is cut off before one round trip', async () => {
      const { host } = regions.region('syd');
      const names = ['10.50.9.2 three.test', '10.50.9.3 three.test', '10.50.9.4 three.test'];
      await host.sh(`
        printf '%s\n' ${names.map((line) => `'${line}'`).join(' ')} '10.50.9.2 unrouted.test' \
          '2001:db8::2 unrouted.test' >>/etc/hosts
        wg set wg0 peer ${regions.tunnelEnv.WG_HUB_PUBLIC_KEY as string} allowed-ips 10.50.0.0/16
        ip route add 10.50.9.0/24 dev wg0
        iptables -t nat -A OUTPUT -d 10.50.9.0/24 -p tcp -j DNAT --to-destination 10.50.0.1`);
      const connectMs = async (name: string, port: number) => {
        const { ask, end } = await startBeside('syd', port, { DB_HOST: name });
        const answer: unknown = JSON.parse(await ask('/api/benchmark?iterations=1'));
        await end();
        expect(answer, name).toMatchObject({
          failures: [],
          connect_ms: expect.any(Number) as number,
        });
        return (answer as { connect_ms: number }).connect_ms;
      };
      const one = await connectMs('10.50.0.1', BACKEND_PORT + 2);
      const distanceMs = roundTripOf('syd');
      expect(one).toBeGreaterThan(5 * distanceMs);
      for (const name of ['three.test', 'unrouted.test']) {
        const many = await connectMs(name, BACKEND_PORT + 3);
        expect(Math.abs(many - one), name).toBeLessThan(distanceMs / 2);
      }
    });

    it('a NAT that forgets a connection between two runs costs no run its first ping', async () => {
      const idleS = 6;
      await regions.network.hub.sh(`sysctl -q -w net.netfilter.nf_conntrack_tcp_loose=0 \
        net.netfilter.nf_conntrack_tcp_timeout_established=${idleS}`);
      const { ask, end, output } = await startBeside('iad', BACKEND_PORT + 2, {
        SCHEDULE: `*/${2 * idleS} * * * * *`,
      });
      const runs = async () => {
        const series = parseExposition(await ask('/metrics'));
        const labels = { trigger: 'schedule' };
        const successes = valueOf(series, RUNS, { ...labels, outcome: 'success' }) ?? 0;
        return { all: valueOf(series, RUNS, labels) ?? 0, successes };
      };
      await until(async () => (await runs()).all >= 5, {
        ...{ what: 'five runs', withinMs: 90_000, everyMs: 1_000 },
      });
      const { all, successes } = await runs();
      expect(successes, output()).toBe(all);
      await end();
    });
  });

  describe('privileges and keys', () => {
    it.each(DEFAULT_FLEET.map(({ code }) => code))(
      '%s: no process has a private key',
      async (code) => {
        const { host, entrypoint } = regions.region(code);
        const keys = Object.entries(regions.tunnelEnv).filter(([name]) =>
          name.startsWith('WG_PRIVATE_KEY'),
        );
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
          'stat -c "%a %u" /run/pglatency/wg0.conf; cat /run/pglatency/wg0.conf',
        );
        expect(config).toMatch(/^600 0\n/);
        expect(config).toContain(regions.tunnelEnv[`WG_PRIVATE_KEY_${code.toUpperCase()}`]);
      },
    );

    it('the backend has no user of power, no capability, and no way to get one', async () => {
      const { host, entrypoint } = regions.region('lhr');
      // The entrypoint's own number: it has become the backend.
      const status = await host.sh(`cat /proc/${await entrypoint.pid()}/status`);
      expect(status).toMatch(/^Name:\s(node|MainThread)$/m);
      expect(status).toMatch(new RegExp(`^Uid:(\\s${NOBODY}){4}$`, 'm'));
      expect(status).toMatch(new RegExp(`^Gid:(\\s${NOBODY}){4}$`, 'm'));
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        expect(status).toMatch(new RegExp(`^${set}:\\s0{16}$`, 'm'));
      }
      expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    });
  });
});

/** A shell command that listens on a port, in the background. */
function serve(port: number): string {
  return `node -e 'require("net").createServer(() => {}).listen(${port})' >/dev/null 2>&1 & `;
}
