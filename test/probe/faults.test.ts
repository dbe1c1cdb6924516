import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  expectNoFailureInLatencies,
  nextSuccess,
  startTestBackend,
  type TestBackend,
} from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { startProxy, type Proxy } from '../helpers/proxy.js';
import { until } from '../helpers/until.js';

/** A run every second, and no patience. */
const QUICK = { SCHEDULE: '* * * * * *', OPERATION_TIMEOUT_MS: '500', ITERATIONS: '2' };

let database: TestDatabase;
let backend: TestBackend | undefined;
let proxy: Proxy | undefined;

beforeEach(async () => {
  database = await createDatabase();
});

afterEach(async () => {
  await backend?.close();
  await proxy?.close();
  backend = undefined;
  proxy = undefined;
  await database.drop();
});

async function start(env: Record<string, string>): Promise<TestBackend> {
  backend = await startTestBackend({ ...database.env, ...QUICK, ...env });
  return backend;
}

async function startThroughProxy(): Promise<[TestBackend, Proxy]> {
  proxy = await startProxy(inject('postgres'));
  return [await start({ DB_PORT: String(proxy.port) }), proxy];
}

/** The scheduled runs name the reason; nothing that failed is a latency; the process is up. */
async function expectFailures(on: TestBackend, operation: string, reason: string): Promise<void> {
  await until(
    async () =>
      ((await on.metric('pglatency_operation_failures_total', { operation, reason })) ?? 0) > 0,
    { what: `a failure of ${operation} for ${reason}` },
  );
  await expectNoFailureInLatencies(on);
  expect((await on.get('/healthz')).status).toBe(200);
}

/** The whole run fails: the benchmark's answer says why. */
async function expectOutage(on: TestBackend, reason: string, status: number): Promise<void> {
  await expectFailures(on, 'ping', reason);
  expect(await on.metric('pglatency_target_up')).toBe(0);
  const lastRun = () => on.metric('pglatency_last_run_operation_seconds');
  await until(async () => (await lastRun()) === undefined, { what: 'the end of a failed run' });
  const benchmark = await on.get('/api/rds/benchmark?iterations=1');
  expect(benchmark).toMatchObject({ status, body: { reason, region: 'local' } });
  expect(benchmark.body.error).toMatch(/\w/);
  expect(JSON.stringify(benchmark.body)).not.toContain('password"');
  const health = await on.get('/api/rds/health');
  expect(health).toMatchObject({ status: 503, body: { status: 'error', reason } });
}

describe('a database that cannot be reached', () => {
  test.each([
    {
      fault: 'unreachable host',
      env: { DB_HOST: '224.0.0.1' },
      reason: 'unreachable',
      status: 503,
    },
    { fault: 'refused port', env: { DB_PORT: '1' }, reason: 'refused', status: 502 },
    {
      // Longer than a DNS label may be, so that no resolver is asked.
      fault: 'unknown host name',
      env: { DB_HOST: `${'a'.repeat(64)}.invalid` },
      reason: 'dns',
      status: 503,
    },
    { fault: 'wrong password', env: { DB_PASSWORD: 'wrong-secret' }, reason: 'auth', status: 502 },
    {
      fault: 'unknown database',
      env: { DB_NAME: 'nowhere' },
      reason: 'missing_database',
      status: 502,
    },
    {
      fault: 'TLS demanded, not offered',
      env: { DB_SSLMODE: 'require' },
      reason: 'tls',
      status: 502,
    },
  ])('$fault → $reason, $status', async ({ env, reason, status }) => {
    await expectOutage(await start(env), reason, status);
    expect(JSON.stringify(backend?.logs)).not.toContain('wrong-secret');
  });

  test('no password where one is asked for → auth, whatever PGPASSWORD says', async () => {
    process.env.PGPASSWORD = database.env.DB_PASSWORD;
    try {
      await expectOutage(await start({ DB_PASSWORD: '' }), 'auth', 502);
    } finally {
      delete process.env.PGPASSWORD;
    }
  });

  test('a connection that is swallowed → timeout, and success once the path is back', async () => {
    proxy = await startProxy(inject('postgres'));
    proxy.freeze();
    await expectOutage(await start({ DB_PORT: String(proxy.port) }), 'timeout', 504);
    proxy.thaw();
    await nextSuccess(backend as TestBackend);
  });

  test('an outage costs a run two deadlines, and not one for each operation', async () => {
    proxy = await startProxy(inject('postgres'));
    proxy.freeze();
    const on = await start({ DB_PORT: String(proxy.port), SCHEDULE: '0 0 1 1 *' });
    const startedAt = performance.now();
    await on.get('/api/rds/benchmark?iterations=10');
    expect(performance.now() - startedAt).toBeLessThan(5 * Number(QUICK.OPERATION_TIMEOUT_MS));
  });

  test('too many connections, and success once there is room', async () => {
    const env = await database.createRole('CONNECTION LIMIT 0');
    await database.query(`GRANT CREATE ON SCHEMA public TO ${env.DB_USER}`);
    await expectOutage(await start(env), 'too_many_connections', 503);
    await database.query(`ALTER ROLE ${env.DB_USER} CONNECTION LIMIT -1`);
    await nextSuccess(backend as TestBackend);
    await database.query(`DROP OWNED BY ${env.DB_USER}`);
  });
});

describe('a role that may not', () => {
  test('create the table: select and insert say the SQL, ping is measured', async () => {
    const env = await database.createRole();
    const on = await start(env);
    await expectFailures(on, 'select', 'missing_table');
    await expectFailures(on, 'insert', 'missing_table');
    const { status, body } = await on.get('/api/rds/benchmark?iterations=1');
    expect(status).toBe(200);
    expect(body).toMatchObject({ outcome: 'partial', read_p50_ms: null, insert_latencies: [] });
    expect(body.ping_p50_ms).toBeGreaterThan(0);
    expect(JSON.stringify(body.failures)).toContain('CREATE TABLE IF NOT EXISTS pglatency_probe');

    const { tableSql, grantSql } = await import('../../src/probe/schema-sql.js');
    await database.query(tableSql(null) + grantSql(env.DB_USER as string, null));
    await nextSuccess(on);
    await database.query(`DROP OWNED BY ${env.DB_USER}`);
  });

  test('insert: permission, and the rest is measured', async () => {
    const env = await database.createRole();
    const { tableSql, grantSql } = await import('../../src/probe/schema-sql.js');
    await database.query(`${tableSql(null)} GRANT SELECT ON pglatency_probe TO ${env.DB_USER}`);
    const on = await start(env);
    await expectFailures(on, 'insert', 'permission');
    const { body } = await on.get('/api/rds/benchmark?iterations=1');
    expect(body).toMatchObject({ outcome: 'partial', insert_p50_ms: null });
    expect(body.read_p50_ms).toBeGreaterThan(0);

    await database.query(grantSql(env.DB_USER as string, null));
    await nextSuccess(on);
    await database.query(`DROP OWNED BY ${env.DB_USER}`);
  });

  test('write, because the database is read-only: read_only, and success afterwards', async () => {
    const on = await start({});
    await nextSuccess(on);
    const setReadOnly = async (to: 'on' | 'off') => {
      await database.query(
        `ALTER DATABASE ${database.name} SET default_transaction_read_only = ${to}`,
      );
      await terminateSessions();
    };
    await setReadOnly('on');
    await expectFailures(on, 'insert', 'read_only');
    await setReadOnly('off');
    await nextSuccess(on);
  });
});

describe('a connection that dies', () => {
  test('terminated by the server: replaced at the next operation', async () => {
    const on = await start({ SCHEDULE: '0 0 1 1 *' });
    const first = await on.get('/api/rds/benchmark?iterations=1');
    expect(first.status).toBe(200);
    expect(await terminateSessions()).toBeGreaterThan(0);
    await until(async () => (await database.sessions()) === 0);
    const second = await on.get('/api/rds/benchmark?iterations=1');
    expect(second).toMatchObject({ status: 200, body: { outcome: 'success' } });
  });

  test('terminated in the middle of a query: that one fails, the rest of the run goes on', async () => {
    const on = await start({ SCHEDULE: '0 0 1 1 *', OPERATION_TIMEOUT_MS: '10000' });
    await on.get('/api/rds/benchmark?iterations=1');
    const unlock = await database.lockTable();
    const benchmark = on.get('/api/rds/benchmark?iterations=2');
    await until(async () => (await database.waitingForLock()) > 0);
    await terminateSessions('wait_event_type = $$Lock$$');
    await unlock();
    expect(await benchmark).toMatchObject({
      status: 200,
      body: {
        outcome: 'partial',
        failures: [{ operation: 'select', reason: 'terminated', count: 1 }],
      },
    });
  });

  test('half-open in the middle of a query: timeout, and success once the path is back', async () => {
    const [on, path] = await startThroughProxy();
    await nextSuccess(on);
    path.freeze();
    await expectOutage(on, 'timeout', 504);
    path.thaw();
    await nextSuccess(on);
  });

  test('a server slower than the deadline: timeout, and the server gives up too', async () => {
    const on = await start({});
    await nextSuccess(on);
    const unlock = await database.lockTable();
    await expectFailures(on, 'insert', 'timeout');
    await expectFailures(on, 'select', 'timeout');
    expect(await on.metric('pglatency_target_up')).toBe(0);
    await on.get('/api/rds/benchmark?iterations=1');
    const [longest] = await database.query<{ ms: number | null }>(
      `SELECT max(extract(epoch FROM now() - query_start) * 1000)::int AS ms FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'pglatency/local %'
         AND state = 'active'`,
    );
    expect(longest?.ms ?? 0).toBeLessThan(600);
    await unlock();
    await nextSuccess(on);
    await until(async () => (await database.waitingForLock()) === 0);
  });
});

/** Ends the probe's sessions; returns how many. */
async function terminateSessions(where = 'true'): Promise<number> {
  const rows = await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'pglatency/%' AND ${where}`,
  );
  return rows.length;
}
