import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { nextSuccess, startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { startPgBouncer, type PgBouncer } from '../helpers/pgbouncer.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

const ON_DEMAND = { SCHEDULE: '0 0 1 1 *', ITERATIONS: '3', OPERATION_TIMEOUT_MS: '1000' };

let database: TestDatabase;
let folder: string;
let pooler: PgBouncer;
/** What a test has started, in order. */
let cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async (context) => {
  requireTool(context, 'pgbouncer', 'the Debian package pgbouncer');
  folder = await mkdtemp(join(tmpdir(), 'pglatency-test-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  database = await createDatabase();
  cleanups.push(() => database.drop());
  pooler = await startPgBouncer(inject('postgres'));
  cleanups.push(() => pooler.stop());
});

afterEach(async () => {
  for (const clean of cleanups.reverse()) await clean();
  cleanups = [];
});

async function start(env: Record<string, string>, queries = ''): Promise<TestBackend> {
  const file = join(folder, 'targets.yaml');
  await writeFile(file, `queries: [${queries}]`);
  const backend = await startTestBackend({
    ...database.env,
    ...ON_DEMAND,
    DB_PORT: String(pooler.port),
    TARGETS_FILE: file,
    ...env,
  });
  cleanups.push(() => backend.close());
  return backend;
}

test('through a pooler every operation and the own queries are measured', async () => {
  const on = await start(
    { DB_POOLER: 'true' },
    '{ name: where, sql: "SELECT 1 / (inet_client_port() > $1)::int", parameters: [0] }',
  );
  const { status, body } = await on.get('/api/rds/benchmark');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    outcome: 'success',
    failures: [],
    queries: { query_where: { count: 3 } },
  });
  for (const latencies of ['ping_latencies', 'read_latencies', 'insert_latencies']) {
    expect(body[latencies]).toHaveLength(3);
  }
  expect(body.connect_ms).toBeGreaterThan(0);
  expect(await on.get('/api/rds/health')).toMatchObject({ status: 200 });
});

test('scheduled runs go on through it, side by side with those on demand', async () => {
  const on = await start({ DB_POOLER: 'true', SCHEDULE: '* * * * * *' });
  await nextSuccess(on);
  expect(await on.get('/api/rds/benchmark')).toMatchObject({ body: { outcome: 'success' } });
  await nextSuccess(on);
});

test('nobody has to say that it is there: it is found out, and said', async () => {
  const on = await start({ SCHEDULE: '* * * * * *' });
  expect(await on.get('/api/rds/benchmark')).toMatchObject({ body: { outcome: 'success' } });
  await nextSuccess(on);
});

test('an own query is read-only and has its deadline at the server, and other clients have neither', async () => {
  await database.query('CREATE TABLE t (id int)');
  await database.query(
    `CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING id'`,
  );
  const on = await start(
    { DB_POOLER: 'true' },
    `{ name: touch, sql: SELECT touch() },
     { name: endless, sql: "SELECT count(*) FROM generate_series(1, 1e15::bigint)", timeout_ms: 300 }`,
  );
  const { body } = await on.get<{ queries: unknown; insert_latencies: number[] }>(
    '/api/rds/benchmark',
  );
  expect(body.queries).toMatchObject({
    query_touch: { failures: [{ reason: 'read_only', count: 3 }] },
    query_endless: { failures: [{ reason: 'timeout', count: 1 }] },
  });
  // The inserts share the pooler's two connections with the queries.
  expect(body.insert_latencies).toHaveLength(3);
  expect(await database.query('SELECT * FROM t')).toEqual([]);
  await until(async () => {
    const active = await database.query(
      `SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
    );
    return active.length === 0;
  });
  const again = await on.get<{ insert_latencies: number[] }>('/api/rds/benchmark');
  expect(again.body.insert_latencies).toHaveLength(3);
});
