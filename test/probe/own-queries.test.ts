import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import {
  expectNoFailureInLatencies,
  startTestBackend,
  type TestBackend,
} from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { startProxy, type Proxy } from '../helpers/proxy.js';
import { until } from '../helpers/until.js';

const ON_DEMAND = { SCHEDULE: '0 0 1 1 *', ITERATIONS: '3', OPERATION_TIMEOUT_MS: '1000' };

interface Query {
  name: string;
  sql: string;
  parameters?: unknown[];
  every?: number;
  timeout_ms?: number;
  buckets?: string;
}

interface Benchmark extends Record<string, unknown> {
  outcome: string;
  queries: Record<string, { count: number; p50_ms: number | null; failures: object[] }>;
}

let database: TestDatabase;
let folder: string;
let backend: TestBackend | undefined;
let proxy: Proxy | undefined;

beforeEach(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'pglatency-test-'));
});

afterEach(async () => {
  await backend?.close();
  await proxy?.close();
  backend = undefined;
  proxy = undefined;
  await database.drop();
  await rm(folder, { recursive: true });
});

async function start(queries: Query[], env: Record<string, string> = {}): Promise<TestBackend> {
  const file = join(folder, 'targets.yaml');
  await writeFile(file, stringify({ queries }));
  backend = await startTestBackend({ ...database.env, ...ON_DEMAND, TARGETS_FILE: file, ...env });
  return backend;
}

async function benchmark(on: TestBackend, iterations = 3): Promise<Benchmark> {
  const { status, body } = await on.get<Benchmark>(`/api/rds/benchmark?iterations=${iterations}`);
  expect(status).toBe(200);
  return body;
}

/** The one query fails so, and the built-in operations and the server are none the worse. */
async function expectFailure(query: Omit<Query, 'name'>, failure: object): Promise<Benchmark> {
  const on = await start([{ name: 'bad', ...query }]);
  const answer = await benchmark(on);
  expect(answer.queries.query_bad).toMatchObject({ count: 0, p50_ms: null, failures: [failure] });
  expect(answer).toMatchObject({ outcome: 'partial', failures: [{ operation: 'query_bad' }] });
  expect(answer.insert_latencies).toHaveLength(3);
  return answer;
}

test('is measured in each round, by its parameters, and its rows are dropped', async () => {
  await database.query('CREATE TABLE orders (id int, note text, paid boolean)');
  await database.query(`INSERT INTO orders VALUES (7, NULL, true)`);
  const on = await start([
    {
      name: 'paid',
      sql: 'SELECT 1 / count(*) FROM orders WHERE id = $1 AND note IS NOT DISTINCT FROM $2 AND paid = $3',
      parameters: [7, null, true],
    },
    { name: 'slow', sql: 'SELECT pg_sleep(0.1)', buckets: 'connect' },
  ]);
  const { outcome, queries } = await benchmark(on);
  expect(outcome).toBe('success');
  expect(queries.query_paid).toMatchObject({ count: 3, failures: [] });
  expect(queries.query_paid?.p50_ms).toBeGreaterThan(0);
  expect(queries.query_slow?.p50_ms).toBeGreaterThan(100);
  expect(queries.query_slow?.p50_ms).toBeLessThan(200);
});

test('is one flight there and one back', async () => {
  proxy = await startProxy(inject('postgres'));
  const on = await start([{ name: 'one', sql: 'SELECT 1' }], { DB_PORT: String(proxy.port) });
  await benchmark(on);
  const before = proxy.chunks();
  await benchmark(on, 1);
  const withOne = proxy.chunks() - before;
  await benchmark(on, 2);
  // ping, select, insert and the query: one chunk each there, and one back.
  expect(proxy.chunks() - before - 2 * withOne).toBe(8);
});

describe('the metrics', () => {
  test('exist at zero from the first scrape, in the layout that the query asks for', async () => {
    const on = await start([
      { name: 'a', sql: 'SELECT 1' },
      { name: 'b', sql: 'SELECT 1', buckets: 'connect' },
    ]);
    for (const operation of ['query_a', 'query_b']) {
      expect(await on.metric('pglatency_operation_duration_seconds_count', { operation })).toBe(0);
      expect(await on.metric('pglatency_operation_failures_total', { operation })).toBe(0);
    }
    const bucket = (operation: string, le: string) =>
      on.metric('pglatency_operation_duration_seconds_bucket', { operation, le });
    expect(await bucket('query_a', '0.006')).toBe(0);
    expect(await bucket('query_b', '0.006')).toBeUndefined();
    expect(await bucket('query_b', '0.03')).toBe(0);
  });

  test('count every n-th run, and no failure as a latency', async () => {
    const on = await start(
      [
        { name: 'each', sql: 'SELECT 1' },
        { name: 'third', sql: 'SELECT 1', every: 3 },
        { name: 'failing', sql: 'SELECT 1 / 0' },
      ],
      { SCHEDULE: '* * * * * *', ITERATIONS: '2' },
    );
    const count = async (operation: string) =>
      (await on.metric('pglatency_operations_total', { operation })) ?? 0;
    // A run may be under way: its outcomes are counted one by one.
    await until(async () => {
      const runs = (await count('query_each')) / 2;
      return runs >= 4 && (await count('query_third')) === 2 * Math.ceil(runs / 3);
    });
    const failed = { operation: 'query_failing', reason: 'sql' };
    expect(await on.metric('pglatency_operation_failures_total', failed)).toBeGreaterThan(0);
    const gauge = (operation: string) =>
      on.metric('pglatency_last_run_operation_seconds', { operation, statistic: 'median' });
    expect(await gauge('query_third')).toBeGreaterThan(0);
    expect(await gauge('query_failing')).toBeUndefined();
    await expectNoFailureInLatencies(on, ['query_each', 'query_third', 'query_failing']);
  });
});

describe('a query that the server refuses', () => {
  test('because it writes', async () => {
    await database.query('CREATE TABLE t (id int)');
    await database.query(
      `CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING id'`,
    );
    await expectFailure({ sql: 'SELECT touch()' }, { reason: 'read_only', count: 3 });
    expect(await database.query('SELECT * FROM t')).toEqual([]);
  });

  test('because it writes, after another made its session a writing one', async () => {
    await database.query('CREATE TABLE t (id int)');
    await database.query(
      `CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING id'`,
    );
    const on = await start([
      { name: 'open', sql: `SELECT set_config('default_transaction_read_only', 'off', false)` },
      { name: 'touch', sql: 'SELECT touch()' },
    ]);
    const { queries } = await benchmark(on);
    expect(queries.query_touch).toMatchObject({ count: 0, failures: [{ reason: 'read_only' }] });
    expect(await database.query('SELECT * FROM t')).toEqual([]);
  });

  test('because there is no such table', async () => {
    await expectFailure({ sql: 'SELECT * FROM nowhere' }, { reason: 'missing_table', count: 3 });
  });

  test('because a parameter has the wrong type', async () => {
    await expectFailure(
      { sql: 'SELECT $1::int', parameters: ['seven'] },
      { reason: 'sql', count: 3, message: 'the server refused the statement' },
    );
  });
});

describe('a query that answers too much', () => {
  const TOO_MUCH = {
    reason: 'sql',
    count: 1,
    message: 'more than 1 MiB of rows; select fewer columns, or add a LIMIT',
  };

  test('a million rows: once, and the memory stays as it was', async () => {
    const before = process.memoryUsage().rss;
    await expectFailure(
      { sql: `SELECT i, repeat('x', 100) FROM generate_series(1, 1000000) i` },
      TOO_MUCH,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(64_000_000);
  });

  test('one row of 200 MB: it is not waited for', async () => {
    const before = process.memoryUsage().rss;
    await expectFailure({ sql: `SELECT repeat('x', 200000000)`, timeout_ms: 20_000 }, TOO_MUCH);
    expect(process.memoryUsage().rss - before).toBeLessThan(64_000_000);
  });
});

describe('a query that never ends', () => {
  const running = async () =>
    (
      await database.query(
        `SELECT 1 FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'`,
      )
    ).length;

  test('costs the run its own timeout once, and the server ends it too', async () => {
    const { duration_ms } = await expectFailure(
      { sql: 'SELECT count(*) FROM generate_series(1, 1e15::bigint)', timeout_ms: 1_000 },
      { reason: 'timeout', count: 1 },
    );
    expect(duration_ms).toBeLessThan(1_800);
    await until(async () => (await running()) === 0);
  });

  test('may have longer than the other operations', async () => {
    const on = await start([{ name: 'long', sql: 'SELECT pg_sleep(1.3)', timeout_ms: 3_000 }]);
    const { queries } = await benchmark(on, 1);
    expect(queries.query_long).toMatchObject({ count: 1, failures: [] });
  });
});
