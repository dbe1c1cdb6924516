import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.js';
import { allDashboards } from '../../src/dashboards/dashboards.js';
import { roundTripOf } from '../../src/lab/distances.js';
import { parseAddress, parseRoundTrip } from '../../src/lab/options.js';
import { DEFAULT_FLEET_CODES } from '../../src/regions/default-fleet.js';
import { requireTool } from '../helpers/tools.js';
import { askComposeClient, composeProblems } from './compose-schema.js';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly mem_limit?: string;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const REGIONS = DEFAULT_FLEET_CODES.filter((code) => code in compose.services);

/** What the file asks of .env. */
const asked = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name ?? '');
/** What .env may say, and what stands without it. */
const settable = new Map(
  [...text.matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, name, value]) => [name ?? '', value ?? '']),
);
const filled = Object.fromEntries(asked.map((name) => [name, 'some-password']));
/** A value as Compose fills it in. */
const fill = (value: string) =>
  value.replace(/\$\{(\w+)[^}]*\}/g, (_, name: string) => filled[name] ?? settable.get(name) ?? '');

describe('docker-compose.yml', () => {
  it('follows the compose specification', () => {
    expect(composeProblems(compose)).toEqual([]);
    // The schema does refuse what is wrong.
    const wrong = { ...compose, services: { a: { image: 'b', portz: ['1:1'] } } };
    expect(composeProblems(wrong)).not.toEqual([]);
  });

  it('has nothing that a compose client complains of', (context) => {
    const said = askComposeClient(context, join(ROOT, 'docker-compose.yml'), filled);
    expect(said).toEqual({ status: 0, stderr: '' });
  });

  it('limits, watches and pins everything that it runs', () => {
    for (const [name, { image, mem_limit, healthcheck }] of services) {
      expect(mem_limit, name).toMatch(/^\d+m$/);
      // Without a test of its own it is the image's.
      if (image !== 'pglatency:local') expect(healthcheck?.test?.[0], name).toBe('CMD');
      else expect(healthcheck, name).toBeDefined();
      if (image !== 'pglatency:local') expect(image, name).toMatch(/^[\w/-]+:v?\d+\.\d+(\.\d+)?$/);
    }
    const built = services.filter(([, { build }]) => build !== undefined);
    expect(built.map(([name]) => name)).toEqual(['distance-lhr']);
  });

  it('listens on the loopback alone', () => {
    const ports = services.flatMap(([, service]) => (service.ports ?? []).map(fill));
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
    const hostPorts = ports.map((port) => port.split(':')[1]);
    expect(new Set(hostPorts).size).toBe(ports.length);
    // Where the lab and `serve` listen.
    for (const port of hostPorts) expect(Number(port) >= 8080 && Number(port) < 8100).toBe(false);
    expect(compose.services['postgres']?.ports).toBeUndefined();
  });

  it('waits for the health of what a service needs', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        expect(compose.services[needed], `${name} needs ${needed}`).toBeDefined();
        expect(condition).toBe('service_healthy');
      }
    }
    expect(Object.keys(compose.services['grafana']?.depends_on ?? {})).toContain('prometheus');
    expect(Object.keys(compose.services['prometheus']?.depends_on ?? {})).toEqual(
      expect.arrayContaining([...REGIONS]),
    );
  });

  it('mounts only what is there', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const volume of volumes) {
        const [source = '', , mode] = volume.split(':');
        if (source.startsWith('./')) {
          expect(existsSync(join(ROOT, source)), `${name}: ${source}`).toBe(true);
          expect(mode, `${name}: ${source}`).toBe('ro');
        } else expect(Object.keys(compose.volumes), name).toContain(source);
      }
    }
  });

  it('takes its passwords from .env, which .env.example lists and leaves empty', () => {
    const example = read('.env.example')
      .split('\n')
      .filter((line) => /^\w/.test(line));
    expect(example.map((line) => line.split('=')[0]).sort()).toEqual([...new Set(asked)].sort());
    expect(example.filter((line) => !line.endsWith('='))).toEqual([]);
    const commented = [...read('.env.example').matchAll(/^# (\w+)=(.*)$/gm)];
    expect(new Map(commented.map(([, name, value]) => [name, value]))).toEqual(settable);
    expect(read('.gitignore').split('\n')).toContain('.env');
    for (const [, { environment = {} }] of services) {
      for (const [name, value] of Object.entries(environment)) {
        if (name.includes('PASSWORD')) expect(value).toMatch(/^\$\{\w+:\?/);
      }
    }
  });

  it('runs backends that accept their configuration, each behind a relay at its distance', () => {
    expect(REGIONS).toHaveLength(3);
    for (const code of REGIONS) {
      const environment = Object.entries(compose.services[code]?.environment ?? {});
      const config = loadConfig(
        Object.fromEntries(environment.map(([name, value]) => [name, fill(value)])),
      );
      expect(config.region.code).toBe(code);
      const peers = REGIONS.map((region) => ({ region, origin: `http://${region}:8080` }));
      expect(config.peers).toEqual({
        kind: 'list',
        peers: expect.arrayContaining(peers) as unknown,
      });
      const { host, port } = config.targets[0] ?? {};
      const relay = compose.services[host ?? ''];
      const [command, ...args] = relay?.command ?? [];
      expect(command).toBe('relay');
      const flag = (name: string) => args[args.indexOf(name) + 1] ?? '';
      expect(parseAddress(flag('--upstream'))).toEqual({ host: 'postgres', port: 5432 });
      expect(parseAddress(flag('--listen'))).toEqual({ host: '0.0.0.0', port });
      expect(parseRoundTrip(flag('--rtt'))).toBe(roundTripOf(code));
    }
  });

  it('scrapes, expects and names the regions that it runs', () => {
    const targets = parse(read('compose/targets.yml')) as {
      targets: string[];
      labels: { region: string };
    }[];
    expect(targets.map(({ targets: of, labels }) => [of, labels.region]).sort()).toEqual(
      REGIONS.map((code) => [[`${code}:8080`], code]).sort(),
    );
    const { groups } = parse(read('compose/expected-regions.yml')) as {
      groups: { name: string; rules: { record: string; labels: { region: string } }[] }[];
    };
    const original = parse(
      read('prometheus/rules/expected-regions.yml'),
    ) as typeof groups extends infer G ? { groups: G } : never;
    expect(groups.map(({ name }) => name)).toEqual(original.groups.map(({ name }) => name));
    const rules = groups.flatMap((group) => group.rules);
    expect(new Set(rules.map(({ record }) => record))).toEqual(
      new Set(original.groups.flatMap((group) => group.rules).map(({ record }) => record)),
    );
    expect([...new Set(rules.map(({ labels }) => labels.region))].sort()).toEqual(
      [...REGIONS].sort(),
    );
  });
});

describe('what the stack is configured with', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pglatency-test-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A service's configuration folder, put together as its mounts do. */
  function assemble(service: string, root: string): string {
    for (const volume of compose.services[service]?.volumes ?? []) {
      const [source = '', target = ''] = volume.split(':');
      if (!source.startsWith('./')) continue;
      cpSync(join(ROOT, source), join(folder, target), { recursive: true });
    }
    return join(folder, root);
  }

  it('is what Prometheus takes, with the links of this machine', (context) => {
    requireTool(context, 'promtool', 'Debian: prometheus');
    const root = assemble('prometheus', '/');
    const script = readFileSync(join(root, 'usr/local/bin/with-links.sh'), 'utf8')
      .replace('from=/etc', `from=${root}etc`)
      .replace('to=/etc', `to=${root}etc`)
      .replace('exec prometheus', 'echo');
    const env = { PATH: process.env['PATH'], GRAFANA_URL: 'http://localhost:3000' };
    execFileSync('sh', ['-c', script], { env });
    const file = join(root, 'etc/prometheus-with-links/prometheus.yml');
    const rules = readFileSync(join(root, 'etc/prometheus-with-links/rules/latency.yml'), 'utf8');
    expect(rules).toMatch(/dashboard_url: '?http:\/\/localhost:3000\/d\//);
    expect(rules).not.toContain('grafana.example.com');
    const said = execFileSync('promtool', ['check', 'config', file], { encoding: 'utf8' });
    expect(said).toContain('SUCCESS');
    const configured = parse(readFileSync(file, 'utf8')) as {
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
    };
    const [manager] = configured.alerting.alertmanagers.flatMap(({ static_configs }) =>
      static_configs.flatMap(({ targets }) => targets),
    );
    expect(Object.keys(compose.services)).toContain(manager?.split(':')[0]);
  });

  it('is what Alertmanager takes', (context) => {
    requireTool(context, 'amtool', 'Debian: prometheus-alertmanager');
    const file = assemble('alertmanager', '/etc/alertmanager/alertmanager.yml');
    expect(execFileSync('amtool', ['check-config', file], { encoding: 'utf8' })).toContain(
      'SUCCESS',
    );
  });

  it('gives Grafana every dashboard, and a data source that is there', () => {
    const root = assemble('grafana', '/');
    const provisioning = (path: string) =>
      parse(readFileSync(join(root, 'etc/grafana/provisioning', path), 'utf8')) as {
        providers: { options: { path: string } }[];
        datasources: { uid: string; type: string; url: string; isDefault: boolean }[];
      };
    const path = provisioning('dashboards/pglatency.yml').providers[0]?.options.path ?? '';
    for (const [file, { uid }] of allDashboards()) {
      const mounted = JSON.parse(readFileSync(join(root, path, file), 'utf8')) as { uid: string };
      expect(mounted.uid).toBe(uid);
    }
    const environment = compose.services['grafana']?.environment ?? {};
    expect(
      existsSync(join(root, environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '')),
    ).toBe(true);
    const [source] = provisioning('datasources/prometheus.yml').datasources;
    expect(source).toMatchObject({ type: 'prometheus', url: '${PROMETHEUS_URL}', isDefault: true });
    expect(compose.services).toHaveProperty(new URL(environment['PROMETHEUS_URL'] ?? '').hostname);
    // The Grafana-managed alerts name it.
    const named = [
      ...read('dashboards/alerting/pglatency-rules.yml').matchAll(/datasourceUid: (\S+)/g),
    ];
    expect(new Set(named.map(([, uid]) => uid))).toEqual(new Set([source?.uid, '__expr__']));
  });
});

describe('the health checks', () => {
  /** The script of a service's check, at another port. */
  const check = (service: string, from: string, port: number) => {
    const [, ...command] = compose.services[service]?.healthcheck?.test ?? [];
    const args = command.slice(1).map((part) => part.replace(from, String(port)));
    return { program: command[0], status: () => statusOf(args) };
  };
  const image = (env: Record<string, string>) => statusOf([join(ROOT, 'healthcheck.js')], env);

  it('of a relay says whether it takes connections', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const relay = check('distance-lhr', '5432', port);
    expect(relay.program).toBe('node');
    expect(await relay.status()).toBe(0);
    await once(server.close(), 'close');
    expect(await relay.status()).toBe(1);
  });

  it('of a backend says whether it is well', async () => {
    let health = 200;
    const server: HttpServer = createHttpServer((_request, answer) =>
      answer.writeHead(health).end(),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    expect(await image({ PORT: port })).toBe(0);
    expect(await image({ PORT: '1', METRICS_PORT: port, LISTEN_HOST: '::' })).toBe(0);
    expect(await image({ PORT: port, METRICS_PORT: '1' })).toBe(1);
    expect(await image({ PORT: port, LISTEN_HOST: '127.0.0.2' })).toBe(1);
    health = 503;
    expect(await image({ PORT: port })).toBe(1);
    await once(server.close(), 'close');
    expect(await image({ PORT: port })).toBe(1);
  });
});

async function statusOf(args: readonly string[], env = {}): Promise<number | null> {
  const child = spawn(process.execPath, args, { stdio: 'ignore', env });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}
