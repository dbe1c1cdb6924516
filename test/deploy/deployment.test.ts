import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, inject, it, test } from 'vitest';
import { DEFAULT_REGIONS, schemaScript } from '../../src/probe/schema-script.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { findTool, requireTool } from '../helpers/tools.js';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string) => readFileSync(path(name), 'utf8');

describe('infra/sql/schema.sql', () => {
  const sql = read('infra/sql/schema.sql');
  let database: TestDatabase;
  let probe: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    await database.query(sql);
    await database.query(sql);
    await database.query(`ALTER ROLE pglatency PASSWORD 'role-password'`);
    const { host, port } = inject('postgres');
    const login = { user: 'pglatency', password: 'role-password', database: database.name };
    probe = new pg.Client({ host, port, ...login });
    await probe.connect();
  });

  afterAll(async () => {
    await probe.end();
    await database.drop();
  });

  test('is what `pglatency schema --role pglatency` prints', () => {
    const options = { role: 'pglatency', schema: null, regions: DEFAULT_REGIONS };
    expect(sql).toBe(schemaScript(options));
  });

  test('makes a role that may do what the probe does', async () => {
    await probe.query(`INSERT INTO pglatency_probe (region) VALUES ('lhr')`);
    const { rows } = await probe.query('SELECT count(*)::int AS n FROM pglatency_probe');
    expect(rows).toEqual([{ n: 1 }]);
    await probe.query('DELETE FROM pglatency_probe');
  });

  test.each([
    `UPDATE pglatency_probe SET region = 'x'`,
    'TRUNCATE pglatency_probe',
    'DROP TABLE pglatency_probe',
    'CREATE TABLE another (id int)',
    'CREATE ROLE another',
  ])('and may not: %s', async (statement) => {
    await expect(probe.query(statement)).rejects.toMatchObject({ code: '42501' });
  });
});

describe('fly.toml', () => {
  interface FlyConfig extends Record<string, unknown> {
    env: Record<string, string>;
    deploy: Record<string, unknown>;
    checks: Record<string, Record<string, unknown>>;
    metrics: Record<string, unknown>;
    vm: Record<string, unknown>[];
    restart: Record<string, unknown>[];
  }
  const fly = parse(read('fly.toml')) as FlyConfig;

  /** The keys that Fly.io's reference names, as far as this file uses their sections. */
  const KNOWN: Record<string, readonly string[]> = {
    '': [
      'app',
      'primary_region',
      'kill_signal',
      'kill_timeout',
      'build',
      'env',
      'deploy',
      'restart',
      'checks',
      'metrics',
      'vm',
    ],
    build: ['dockerfile', 'image', 'ignorefile', 'build-target', 'args'],
    deploy: [
      'strategy',
      'max_unavailable',
      'release_command',
      'release_command_timeout',
      'wait_timeout',
    ],
    metrics: ['port', 'path', 'processes'],
  };

  it('has no key that Fly.io does not know', () => {
    for (const [section, known] of Object.entries(KNOWN)) {
      const keys = Object.keys(section === '' ? fly : (fly[section] as object));
      expect(known, section).toEqual(expect.arrayContaining(keys));
    }
    for (const check of Object.values(fly.checks)) {
      expect(Object.keys(check).sort()).toEqual([
        'grace_period',
        'interval',
        'method',
        'path',
        'port',
        'timeout',
        'type',
      ]);
    }
    expect(fly.vm).toEqual([{ size: 'shared-cpu-1x', memory: '256mb' }]);
    expect(fly.restart).toEqual([{ policy: 'always' }]);
  });

  it('puts nothing on the internet', () => {
    expect(fly).not.toHaveProperty('http_service');
    expect(fly).not.toHaveProperty('services');
  });

  it('never runs two Machines of a region at once', () => {
    expect(fly.deploy).toMatchObject({ strategy: 'rolling', max_unavailable: 1 });
  });

  it('checks and scrapes the port that the backend listens on, and not the database', () => {
    const port = Number(fly.env.PORT);
    expect(fly.checks.alive).toMatchObject({ port, path: '/healthz' });
    expect(fly.metrics).toEqual({ port, path: '/metrics' });
  });

  it('holds no secret', () => {
    expect(
      Object.keys(fly.env).filter((name) => /PASSWORD|KEY|^(?!REQUIRE_).*TOKEN/.test(name)),
    ).toEqual([]);
  });
});

describe("the tunnel's alerts", () => {
  test('name the dead and the contested tunnel, and no other', (context) => {
    requireTool(context, 'promtool', 'the Debian package prometheus');
    execFileSync('promtool', ['test', 'rules', path('prometheus/tests/tunnel.test.yml')]);
  });
});

describe('the shell scripts', () => {
  test('are clean', (context) => {
    requireTool(context, 'shellcheck', 'the Debian package shellcheck');
    execFileSync('scripts/lint-shell.sh', { cwd: path('.') });
  });
});

describe.each(['infra/aws/stack.yaml', 'deploy/ecs/service.yaml'])('%s', (template) => {
  test('cfn-lint has nothing to complain of', (context) => {
    // From the Python index, which not every machine reaches: no failure in CI.
    if (findTool('cfn-lint') === null) {
      console.warn('\n*** SKIPPED, because cfn-lint is missing (pip install cfn-lint) ***\n');
      context.skip('cfn-lint is missing');
    }
    const { status, stdout } = spawnSync('cfn-lint', [path(template)], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  }, 120_000);
});
