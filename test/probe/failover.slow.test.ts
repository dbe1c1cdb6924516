import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startEmbeddedReplica } from '../../src/lab/embedded-replica.js';
import { nextSuccess, startTestBackend } from '../helpers/backend.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

test('the primary fails, its standby is promoted: the runs go there, and insert', async () => {
  const primary = await startEmbeddedPostgres();
  cleanups.push(primary.dispose);
  const standby = await startEmbeddedReplica(primary);
  cleanups.push(standby.dispose);
  const places = [primary, standby].map(({ host, port }) => `${host}:${port}`).join(',');
  const backend = await startTestBackend({
    DATABASE_URL: `postgresql://${primary.user}:${primary.password}@${places}/postgres?target_session_attrs=read-write`,
    SCHEDULE: '* * * * * *',
    ITERATIONS: '1',
    OPERATION_TIMEOUT_MS: '2000',
  });
  cleanups.push(backend.close);
  const failed = (reason: string) =>
    backend.metric('pglatency_connect_attempt_failures_total', { reason });

  await nextSuccess(backend);
  expect(await failed('refused')).toBe(0);

  await primary.stop('immediate');
  const client = new pg.Client(standby.connection);
  await client.connect();
  cleanups.push(() => client.end());
  await client.query('SELECT pg_promote()');
  await nextSuccess(backend);
  expect(await failed('refused')).toBeGreaterThan(0);
  const { rows } = await client.query(
    `SELECT 1 FROM pglatency_probe WHERE inserted_at > pg_postmaster_start_time()`,
  );
  expect(rows.length).toBeGreaterThan(0);

  // The old primary is back, as a second one, before anybody has made a standby of it: the first host holds.
  await primary.start();
  const { body } = await backend.get('/api/benchmark?iterations=1');
  expect(body).toMatchObject({ outcome: 'success', db_host: '127.0.0.1,127.0.0.1' });
}, 60_000);
