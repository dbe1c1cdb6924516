import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseToml } from 'smol-toml';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { allDashboards } from '../../src/dashboards/dashboards.js';
import { runCli } from '../helpers/cli.js';
import { requireTool } from '../helpers/tools.js';
import { askComposeClient, composeProblems } from './compose-schema.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-monitoring-'));
  const example = join(ROOT, 'docs/pglatency.example.yaml');
  expect(await runCli(['fleet', 'render', folder, '--file', example])).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string) => readFileSync(join(folder, path), 'utf8');

interface Service {
  readonly image: string;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly env_file?: readonly string[];
}

describe('what fleet render writes for the machine that watches', () => {
  it('follows the compose specification, pinned, and listens on the loopback alone', (context) => {
    const file = join(folder, 'monitoring/compose.yaml');
    const compose = parse(readFileSync(file, 'utf8'), { merge: true }) as {
      services: Record<string, Service>;
    };
    expect(composeProblems(compose)).toEqual([]);
    const lab = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
      services: Record<string, Service>;
    };
    for (const [name, { image, ports, volumes, env_file = [] }] of Object.entries(
      compose.services,
    )) {
      expect(image).toBe(lab.services[name]?.image);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      const mounted = volumes.map((volume) => volume.split(':')[0] ?? '');
      for (const source of [...mounted.filter((name) => name.startsWith('.')), ...env_file]) {
        expect(existsSync(join(folder, 'monitoring', source)), `${name}: ${source}`).toBe(true);
      }
    }
    const env = { GRAFANA_ADMIN_PASSWORD: 'some-password' };
    expect(askComposeClient(context, file, env)).toEqual({ status: 0, stderr: '' });
  });

  it('has rules and targets that Prometheus takes', (context) => {
    requireTool(context, 'promtool', 'Debian: prometheus');
    const config = join(folder, 'prometheus/prometheus.yml');
    expect(execFileSync('promtool', ['check', 'config', config]).toString()).toContain('SUCCESS');
  });

  it('gives Grafana every dashboard, a data source, and its own address', () => {
    for (const [file, { uid }] of allDashboards()) {
      expect(JSON.parse(read(`monitoring/grafana/dashboards/${file}`))).toMatchObject({ uid });
    }
    const provisioning = 'monitoring/grafana/provisioning';
    expect(read(`${provisioning}/datasources/prometheus.yml`)).toContain('url: ${PROMETHEUS_URL}');
    const { links } = parse(readFileSync(join(ROOT, 'docs/pglatency.example.yaml'), 'utf8')) as {
      links: { grafana: string };
    };
    expect(read('monitoring/grafana.env')).toBe(`GF_SERVER_ROOT_URL=${links.grafana}\n`);
  });

  it('commits no secret', () => {
    expect(read('monitoring/secrets/.gitignore')).toBe(
      '# Secrets are not committed.\n*\n!.gitignore\n',
    );
  });
});

describe("Alertmanager's receivers", () => {
  let secrets: string;
  beforeEach(() => {
    secrets = mkdtempSync(join(folder, 'secrets-'));
  });

  /** Runs with-receivers.sh up to where it would become Alertmanager. */
  function assemble(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(secrets, name), text);
    const made = join(secrets, 'made');
    const script = join(folder, 'monitoring/alertmanager/with-receivers.sh');
    const { status, stdout, stderr } = spawnSync('sh', [script], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        ALERTMANAGER_FOLDER: join(folder, 'monitoring/alertmanager'),
        ALERTMANAGER_SECRETS: secrets,
        ALERTMANAGER_MADE: made,
        ALERTMANAGER_CHECK: 'yes',
      },
    });
    const config = join(made, 'alertmanager.yml');
    const receivers =
      status === 0
        ? (
            parse(readFileSync(config, 'utf8')) as {
              receivers: Record<string, object[] | string>[];
            }
          ).receivers
        : [];
    return { status, stdout, stderr, config, receivers };
  }

  const ALL = {
    'slack-webhook-url': 'https://hooks.slack.com/services/T0/B0/x\n',
    'pagerduty-routing-key': '0123456789abcdef0123456789abcdef\n',
    email:
      'to: oncall@example.com\nfrom: a@example.com\nsmarthost: smtp.example.com:587\nauth_username: a\nauth_password: "b: c"\n',
    'webhook-url': "https://example.com/hook?it's=1\n",
    'watchdog-url': 'https://hc-ping.com/0\n',
  };

  it('are those whose secret is in place', (context) => {
    requireTool(context, 'amtool', 'Debian: prometheus-alertmanager');
    const { status, stdout, receivers, config } = assemble(ALL);
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('SUCCESS') as string,
    });
    expect(receivers.map((receiver) => Object.keys(receiver))).toEqual([
      ['name', 'pagerduty_configs', 'slack_configs', 'email_configs', 'webhook_configs'],
      ['name', 'slack_configs', 'email_configs', 'webhook_configs'],
      ['name', 'webhook_configs'],
    ]);
    expect(receivers[0]).toMatchObject({
      email_configs: [{ to: 'oncall@example.com', auth_password: 'b: c' }],
      webhook_configs: [{ url: "https://example.com/hook?it's=1" }],
      slack_configs: [{ api_url_file: join(secrets, 'slack-webhook-url') }],
    });
    expect(statSync(config).mode & 0o077).toBe(0);
  });

  it.each(Object.entries(ALL))('may be one alone: %s', (name, text) => {
    const { status, receivers, stderr } = assemble({ [name]: text });
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('NOBODY') as string,
    });
    expect(receivers.flatMap((receiver) => Object.keys(receiver).slice(1)).length).toBeGreaterThan(
      0,
    );
  });

  it('may be none, which is said', () => {
    const { status, stderr, receivers } = assemble({});
    expect(status).toBe(0);
    expect(stderr).toContain('pages: NOBODY is told');
    expect(receivers).toEqual([{ name: 'pages' }, { name: 'tickets' }, { name: 'watchdog' }]);
  });

  it.each(['example.com/hook\n', 'https://a.example\nhttps://b.example\n', 'https://a b\n'])(
    'are refused with a URL such as %j, which is not shown',
    (text) => {
      const { status, stderr } = assemble({ 'webhook-url': text });
      expect(status).toBe(1);
      expect(stderr).toContain('secrets/webhook-url: expected one line with a URL');
      expect(stderr).not.toContain('a.example');
    },
  );

  it('say what prometheus/alertmanager.yml says, and are routed by it', () => {
    const original = parse(readFileSync(join(ROOT, 'prometheus/alertmanager.yml'), 'utf8')) as {
      receivers: Record<string, Record<string, unknown>[]>[];
    };
    const { receivers, config } = assemble(ALL);
    const without = (map: Record<string, unknown> | undefined, ...keys: string[]) =>
      Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !keys.includes(key)));
    const [pages, tickets] = receivers as Record<string, Record<string, unknown>[]>[];
    expect(without(pages?.['pagerduty_configs']?.[0], 'routing_key_file')).toEqual(
      without(original.receivers[0]?.['pagerduty_configs']?.[0], 'routing_key_file'),
    );
    expect(without(tickets?.['slack_configs']?.[0], 'api_url_file')).toEqual(
      without(original.receivers[1]?.['slack_configs']?.[0], 'api_url_file', 'channel'),
    );
    const made = parse(readFileSync(config, 'utf8')) as object;
    expect({ ...made, receivers: null }).toEqual({ ...original, receivers: null });
  });
});

describe('the application on Fly.io', () => {
  it('has a configuration of the keys that Fly.io knows, and nothing on the internet', () => {
    const fly = parseToml(read('monitoring/fly.toml')) as Record<string, Record<string, unknown>>;
    expect(Object.keys(fly).sort()).toEqual([
      'app',
      'build',
      'checks',
      'deploy',
      'kill_signal',
      'kill_timeout',
      'mounts',
      'primary_region',
      'restart',
      'vm',
    ]);
    expect(fly['mounts']).toEqual([
      { source: 'monitoring', destination: '/data', initial_size: '10gb' },
    ]);
  });

  it('is built of the images that compose takes, from files that are there', () => {
    const dockerfile = read('monitoring/Dockerfile');
    const compose = parse(read('monitoring/compose.yaml'), { merge: true }) as {
      services: Record<string, Service>;
    };
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(images.sort()).toEqual(
      Object.values(compose.services)
        .map(({ image }) => image)
        .sort(),
    );
    const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, paths]) =>
      (paths ?? '').split(' '),
    );
    expect(copied.length).toBeGreaterThan(4);
    for (const path of copied) expect(existsSync(join(folder, path)), path).toBe(true);
  });

  it('starts with the settings of Grafana that compose has', () => {
    const { services } = parse(read('monitoring/compose.yaml'), { merge: true }) as {
      services: { grafana: { environment: Record<string, string> } };
    };
    const script = read('monitoring/start.sh');
    const names = Object.keys(services.grafana.environment);
    expect(names.filter((name) => !script.includes(`${name}=`))).toEqual([]);
  });
});
