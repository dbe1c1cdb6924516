import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/lab/embedded-postgres.js';
import { databaseEnvironment } from '../../src/lab/fallback.js';
import { serverUser } from '../../src/lab/postgres-binaries.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { startTestReplica } from '../helpers/replica.js';
import { runFailures } from '../helpers/run-failures.js';
import { createTargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

/** Reasons that lie with a whole server, each on one of its own. */

/** What a test has started, in order. */
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function startServer(options?: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options);
  cleanups.push(server.dispose);
  return server;
}

async function startBackendOn(
  { connection }: EmbeddedPostgres,
  env: Readonly<Record<string, string>> = {},
): Promise<TestBackend> {
  const on = await startTestBackend({
    ...databaseEnvironment(connection),
    SCHEDULE: '0 0 1 1 *',
    OPERATION_TIMEOUT_MS: '10000',
    ...env,
  });
  cleanups.push(() => on.close());
  return on;
}

async function connectTo({ connection }: EmbeddedPostgres): Promise<pg.Client> {
  const client = new pg.Client(connection);
  // The server may end it.
  client.on('error', () => undefined);
  await client.connect();
  cleanups.push(() => client.end());
  return client;
}

async function expectRefusal(on: TestBackend, reason: string, text: RegExp): Promise<void> {
  const { body } = await on.get('/api/rds/health');
  expect(body).toMatchObject({ status: 'error', reason });
  expect(body.message).toMatch(text);
}

test('an address that pg_hba.conf rejects, or does not name: auth', async () => {
  const server = await startServer({ hba: ['host all guest 127.0.0.1/32 reject'] });
  const owner = await connectTo(server);
  await owner.query(`CREATE ROLE guest LOGIN PASSWORD 'guest'`);
  const on = await startBackendOn(server, { DB_USER: 'guest', DB_PASSWORD: 'guest' });
  await expectRefusal(on, 'auth', /pg_hba\.conf rejects connection/);
});

test('every connection of the server is taken: too_many_connections', async () => {
  const server = await startServer({
    settings: { max_connections: '4', max_wal_senders: '0', superuser_reserved_connections: '1' },
  });
  const owner = await connectTo(server);
  await owner.query(`CREATE ROLE guest LOGIN PASSWORD 'guest'`);
  for (let taken = 1; taken < 3; taken++) await connectTo(server);
  const on = await startBackendOn(server, { DB_USER: 'guest', DB_PASSWORD: 'guest' });
  await expectRefusal(on, 'too_many_connections', /connection slots|too many clients/);
});

test.each(['disable', 'prefer', 'require'])(
  'a server that cannot start a process for a connection, with sslmode=%s: out_of_resources',
  async (DB_SSLMODE) => {
    const server = await startServer();
    const on = await startBackendOn(server, { DB_SSLMODE });
    // Of the server's user there are more already.
    execFileSync('prlimit', ['--pid', String(server.pid), '--nproc=1:'], serverUser());
    await expectRefusal(on, 'out_of_resources', /^could not fork new process for connection: /);
  },
);

test('a server that shuts down, and one that has: refused', async () => {
  const server = await startServer();
  const holder = await connectTo(server);
  const on = await startBackendOn(server);
  // A smart shutdown waits for those who are connected, and takes nobody else.
  process.kill(server.pid ?? 0, 'SIGTERM');
  await until(
    async () => {
      await expectRefusal(on, 'refused', /shutting down/);
      return true;
    },
    { everyMs: 250 },
  );
  await holder.end();
  await until(() => server.pid === undefined);
  await expectRefusal(on, 'refused', /ECONNREFUSED/);
});

test('a server that crashes in the middle of a statement: terminated', async () => {
  const server = await startServer();
  const on = await startBackendOn(server);
  expect(await runFailures(on)).toEqual({});
  const holder = await connectTo(server);
  await holder.query('BEGIN; LOCK TABLE pglatency_probe');
  const failures = runFailures(on);
  const { rows } = await until(async () => {
    const waiting = await holder.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
    );
    return waiting.rows.length > 0 && waiting;
  });
  // A process of the server that dies takes all sessions along.
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  expect((await failures).select).toMatchObject({ reason: 'terminated' });
});

test('a query on a standby that replay has to cancel: conflict', async () => {
  const pair = await startTestReplica({ settings: { max_standby_streaming_delay: '0' } });
  cleanups.push(pair.stop);
  const owner = await connectTo(pair.primary);
  await owner.query('CREATE TABLE held ()');
  const { host } = pair.replica;
  const file = createTargetsFile();
  cleanups.push(() => rmSync(file.folder, { recursive: true }));
  file.write(
    [{ name: 'replica', mode: 'read-only', host, port: pair.path.port }],
    [{ name: 'slow', sql: 'SELECT count(*), pg_sleep(20) FROM held', targets: ['replica'] }],
  );
  const standby = await connectTo(pair.replica);
  await until(async () => {
    const { rows } = await standby.query(`SELECT to_regclass('held') AS held`);
    return (rows[0] as { held: unknown }).held !== null;
  });
  const on = await startBackendOn(pair.primary, { TARGETS_FILE: file.path });
  const failures = runFailures(on, 'replica');
  await until(async () => {
    const { rows } = await standby.query(
      `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()`,
    );
    return rows.length > 0;
  });
  await owner.query('DROP TABLE held');
  expect((await failures).query_slow).toMatchObject({ reason: 'conflict' });
});
