import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import type { Report } from '../../src/audit/report/report.js';
import { auditEnv } from '../helpers/audit.js';
import { startTestBackend } from '../helpers/backend.js';
import { runCli } from '../helpers/cli.js';
import { createDatabase } from '../helpers/database.js';
import { until } from '../helpers/until.js';

const folder = mkdtempSync(join(tmpdir(), 'audit-results-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One checkout of nine trips on one connection. */
const CHECKOUT = `import pg from 'pg';
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const say = (sql, values) => client.query(sql + " /*action='checkout'*/", values);
  await say("SET statement_timeout = '5s'");
  await say('SELECT 1');
  await say('BEGIN');
  for (let i = 0; i < 4; i++) await say('SELECT relname FROM pg_class WHERE oid = $1', [i]);
  await say('SELECT relname, oid FROM pg_class LIMIT 1');
  await say('COMMIT');
  await client.end();`;
const COMMAND = ['--', process.execPath, '--input-type=module', '-e', CHECKOUT];

function audit(args: readonly string[], env: Record<string, string> = {}) {
  return runCli(['audit', ...args, ...COMMAND], {
    ...auditEnv(inject('postgres')),
    PGLATENCY_FILE: 'none',
    ...env,
  });
}

test('limits that are passed: exit code 1, a line for each, and one for GitHub; every form is written', async () => {
  const limits = ['--max-trips', 'checkout=8', '--max-trips', 'pay=1', '--budget', 'syd=500ms'];
  const path = (ending: string) => join(folder, `report.${ending}`);
  const files = ['txt', 'md', 'html'].flatMap((ending) => ['--report', path(ending)]);
  const { code, stdout, stderr } = await audit(
    ['--rtt', 'lhr=12,syd=269', '--format', 'json', ...limits, ...files],
    { GITHUB_ACTIONS: 'true' },
  );
  const over = [
    'checkout: 9 round trips, and at most 8 are allowed',
    'pay: --max-trips names it, but no unit has this name',
    String.raw`checkout: \d\.\d s from Sydney, and at most 500 ms are allowed`,
  ];
  for (const line of over) {
    expect(stderr).toMatch(new RegExp(`^pglatency audit: ${line}$`, 'm'));
    expect(stderr).toMatch(new RegExp(`^::error title=pglatency audit::${line}$`, 'm'));
  }
  expect(code).toBe(1);
  const report = JSON.parse(stdout) as Report;
  const checkout = report.units.find(({ name }) => name === 'checkout');
  expect(checkout).toMatchObject({
    named_by: 'tag',
    count: 1,
    trips_p50: 9,
    trips_max: 9,
    trips_by_kind: { work: 5, transaction: 2, settings: 1, ping: 1, prepare: 0, close: 0 },
    repeats: [{ times: 4, saved_ms: { lhr: 36, syd: 807 } }],
  });
  expect(checkout?.savings.map(({ what, trips }) => [what, trips])).toEqual([
    ['begin', 1],
    ['settings', 1],
    ['ping', 1],
  ]);
  expect(checkout?.projected_ms?.syd).toBeCloseTo(9 * 269 + (checkout?.server_ms ?? NaN), 6);
  expect(report.connections).toMatchObject({ opened: 1, tcp_trips: 1, login_trips: 3 });
  expect(readFileSync(path('txt'), 'utf8')).toContain('checkout: 9 trips, ');
  expect(readFileSync(path('md'), 'utf8')).toMatch(
    /^\| checkout \| 1 \| 9 \| 9 \| 2 \| 0 \| 2 \|/m,
  );
  expect(readFileSync(path('html'), 'utf8')).toContain('<h2>checkout</h2>');
});

test('limits that hold: exit code 0, and nothing is said', async () => {
  const limits = ['--max-trips', 'checkout=9', '--budget', 'syd=9s'];
  const { code, stdout, stderr } = await audit(['--rtt', 'lhr=12,syd=269', ...limits], {
    GITHUB_ACTIONS: 'true',
  });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^checkout: 9 trips, \d+ ms from London, \d\.\d s from Sydney$/m);
});

test('--as-if puts the distance between application and database, and it is no time of the server', async () => {
  const rtt = ['--rtt', 'lhr=12,syd=60', '--format', 'json'];
  const [near, far] = [await audit(rtt), await audit([...rtt, '--as-if', 'syd'])];
  const [before, after] = [near, far].map(({ stdout }) => JSON.parse(stdout) as Report);
  expect(after?.as_if).toBe('syd');
  // The connection's three trips of login and nine of the checkout.
  expect(after?.measured_s).toBeGreaterThan((before?.measured_s ?? Infinity) + (12 * 60) / 1_000);
  const [checkout] = after?.units ?? [];
  expect(checkout).toMatchObject({ name: 'checkout', trips_p50: 9 });
  // A trip's way would be 60 ms of it.
  expect(checkout?.server_ms).toBeLessThan(9 * 60);
});

test("--fleet: the distances that a backend's fleet measured", async () => {
  const database = await createDatabase();
  const backend = await startTestBackend({
    ...database.env,
    REGION: 'lhr',
    SCHEDULE: '* * * * * *',
    ITERATIONS: '3',
  });
  try {
    const measured = await until(async () => {
      const { body } = await backend.get<{
        rows: { region: string; ping_p50_ms: number | null }[];
      }>('/api/fleet');
      return body.rows.some(({ region, ping_p50_ms: ms }) => region === 'lhr' && ms !== null);
    });
    expect(measured).toBe(true);
    const { code, stdout } = await audit(['--fleet', backend.url, '--format', 'json']);
    const report = JSON.parse(stdout) as Report;
    expect(report.distances_from).toBe(`measured by ${new URL(backend.url).origin}`);
    expect(report.distances).toHaveLength(1);
    expect(report.distances[0]?.region).toBe('lhr');
    expect(report.distances[0]?.rtt_ms).toBeGreaterThan(0);
    expect(code).toBe(0);
  } finally {
    await backend.close();
    await database.drop();
  }
});
