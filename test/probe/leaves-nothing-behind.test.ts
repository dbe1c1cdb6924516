import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { databaseEnvironment } from '../../src/lab/fallback.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { until } from '../helpers/until.js';

const MAX_CONNECTIONS_OF_A_TARGET = 6;

let server: EmbeddedPostgres;
let admin: pg.Client;
let backend: TestBackend | undefined;

beforeAll(async () => {
  server = await startEmbeddedPostgres();
  admin = new pg.Client(server.connection);
  admin.on('error', () => undefined);
  await admin.connect();
});

afterEach(async () => {
  await backend?.close();
  backend = undefined;
});

afterAll(async () => {
  await admin.end();
  await server.stop();
});

/** The probe's server processes, in whatever state. */
async function held(): Promise<number> {
  const { rows } = await admin.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'pglatency/%'",
  );
  return rows[0]?.n ?? 0;
}

async function failures(on: TestBackend, operation: string): Promise<number> {
  return (
    (await on.metric('pglatency_operation_failures_total', { operation, reason: 'timeout' })) ?? 0
  );
}

async function start(): Promise<TestBackend> {
  const env = { SCHEDULE: '* * * * * *', ITERATIONS: '3', OPERATION_TIMEOUT_MS: '500' };
  return (backend = await startTestBackend({ ...databaseEnvironment(server.connection), ...env }));
}

test('inserts that wait for a synchronous standby that is gone pile up on the server', async () => {
  const on = await start();
  await until(async () => (await on.metric('pglatency_target_up')) === 1);
  await admin.query("ALTER SYSTEM SET synchronous_standby_names = 'gone'");
  await admin.query('SELECT pg_reload_conf()');
  try {
    let most = 0;
    await until(
      async () => {
        most = Math.max(most, await held());
        return (await failures(on, 'insert')) >= 12;
      },
      { withinMs: 40_000 },
    );
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(MAX_CONNECTIONS_OF_A_TARGET);
    await backend?.close();
    backend = undefined;
    await until(async () => (await held()) === 0, { what: 'the end of every connection' });
  } finally {
    await admin.query('ALTER SYSTEM RESET synchronous_standby_names');
    await admin.query('SELECT pg_reload_conf()');
  }
}, 60_000);

test('a select that waits for a lock goes on waiting where no statement_timeout ends it', async () => {
  // As behind a pooler: nothing is set at the start, so only a cancel request ends it.
  const on = (backend = await startTestBackend({
    ...databaseEnvironment(server.connection),
    DB_POOLER: 'true',
    SCHEDULE: '0 0 1 1 *',
    OPERATION_TIMEOUT_MS: '500',
  }));
  await on.get('/api/rds/benchmark?iterations=1');
  await admin.query('BEGIN; LOCK TABLE pglatency_probe IN ACCESS EXCLUSIVE MODE');
  try {
    const { body } = await on.get<{ failures: { operation: string; reason: string }[] }>(
      '/api/rds/benchmark?iterations=1',
    );
    expect(body.failures).toContainEqual(
      expect.objectContaining({ operation: 'select', reason: 'timeout' }),
    );
    const { rows } = await admin.query(
      "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'pglatency/%'",
    );
    expect(rows).toEqual([]);
  } finally {
    await admin.query('ROLLBACK');
  }
});

test('the probe makes a table that a publication for all tables takes along', async () => {
  await admin.query('DROP TABLE IF EXISTS pglatency_probe');
  await admin.query('CREATE PUBLICATION everything FOR ALL TABLES');
  try {
    const on = await start();
    const { body } = await on.get<{ failures: { reason: string; message: string }[] }>(
      '/api/rds/benchmark?iterations=1',
    );
    expect(body.failures[0]).toMatchObject({ reason: 'missing_table' });
    expect(body.failures[0]?.message).toContain('the publication everything');
    const { rows } = await admin.query("SELECT to_regclass('pglatency_probe') AS made");
    expect(rows).toEqual([{ made: null }]);
  } finally {
    await admin.query('DROP PUBLICATION everything');
  }
});
