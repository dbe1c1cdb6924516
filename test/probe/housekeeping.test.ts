import { afterEach, beforeEach, expect, test } from 'vitest';
import { tableSql } from '../../src/probe/schema-sql.js';
import { nextSuccess, startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { until } from '../helpers/until.js';

const EVERY_SECOND = { FLY_REGION: 'lhr', SCHEDULE: '* * * * * *', ITERATIONS: '2' };

let database: TestDatabase;
let backend: TestBackend;

beforeEach(async () => {
  database = await createDatabase();
});

afterEach(async () => {
  await backend.close();
  await database.drop();
});

async function rowsOf(region: string): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pglatency_probe WHERE region = '${region}'`,
  );
  return row?.n ?? 0;
}

test("a region's rows past their retention are removed, and nobody else's", async () => {
  await database.query(tableSql(null));
  for (const region of ['lhr', 'syd']) {
    await database.query(
      `INSERT INTO pglatency_probe (region, inserted_at)
       SELECT '${region}', now() - interval '59 minutes' * n FROM generate_series(1, 100) AS n`,
    );
  }
  backend = await startTestBackend({ ...database.env, ...EVERY_SECOND, RETENTION: '1h' });
  await nextSuccess(backend);
  // The one row that is younger than an hour, and two a run.
  await until(async () => (await rowsOf('lhr')) < 50);
  expect(await rowsOf('syd')).toBe(100);
  const counted = await until(async () => {
    const rows = await backend.metric('pglatency_probe_table_rows');
    return rows !== undefined && rows < 50 && rows;
  });
  expect(counted).toBeGreaterThan(1);
});

test('a table that was dropped is made again', async () => {
  backend = await startTestBackend({ ...database.env, ...EVERY_SECOND });
  await nextSuccess(backend);
  await database.query('DROP TABLE pglatency_probe');
  await until(
    async () =>
      ((await backend.metric('pglatency_operation_failures_total', {
        reason: 'missing_table',
      })) ?? 0) > 0,
  );
  await nextSuccess(backend);
});

test('a removal that is not permitted is logged, and is no failure of an operation', async () => {
  const env = await database.createRole();
  await database.query(
    `${tableSql(null)} GRANT SELECT, INSERT ON pglatency_probe TO ${env.DB_USER}`,
  );
  backend = await startTestBackend({ ...env, ...EVERY_SECOND });
  await nextSuccess(backend);
  const line = await until(() => backend.logs.find(({ msg }) => msg === 'run'));
  expect(line).toMatchObject({
    level: 40,
    outcome: 'success',
    retention_failure: { reason: 'permission' },
  });
  expect(await backend.metric('pglatency_operations_total', { outcome: 'failure' })).toBe(0);
  await database.query(`DROP OWNED BY ${env.DB_USER}`);
});

test('a run that outlasts its interval: the ticks meanwhile are skipped, and counted', async () => {
  backend = await startTestBackend({
    ...database.env,
    ...EVERY_SECOND,
    OPERATION_TIMEOUT_MS: '3000',
  });
  await nextSuccess(backend);
  const unlock = await database.lockTable();
  await until(
    async () =>
      ((await backend.metric('pglatency_schedule_skipped_total', { reason: 'overlap' })) ?? 0) > 0,
  );
  await unlock();
  await nextSuccess(backend);
  expect(await backend.metric('pglatency_schedule_delay_seconds_count')).toBeGreaterThan(1);
  expect(await backend.metric('pglatency_schedule_interval_seconds')).toBe(1);
});
