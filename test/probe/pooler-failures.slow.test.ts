import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { startPgBouncer, type PgBouncer, type PgBouncerOptions } from '../helpers/pgbouncer.js';
import { startProxy } from '../helpers/proxy.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

/** What PgBouncer says under 08P01, each with the reason that it is counted for. */

let database: TestDatabase;
/** What a test has started, in order. */
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async (context) => {
  requireTool(context, 'pgbouncer', 'the Debian package pgbouncer');
  database = await createDatabase();
  cleanups.push(() => database.drop());
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function pooler(options: PgBouncerOptions = {}): Promise<PgBouncer> {
  const started = await startPgBouncer(inject('postgres'), options);
  cleanups.push(() => started.stop());
  return started;
}

async function backendOn(
  { port }: PgBouncer,
  env: Readonly<Record<string, string>> = {},
): Promise<TestBackend> {
  const started = await startTestBackend({
    ...database.env,
    SCHEDULE: '0 0 1 1 *',
    OPERATION_TIMEOUT_MS: '5000',
    ITERATIONS: '1',
    DB_PORT: String(port),
    ...env,
  });
  cleanups.push(() => started.close());
  return started;
}

/** A client of the pooler's, which stays. */
async function holdClient({ port }: PgBouncer): Promise<pg.Client> {
  const connect = async () => {
    const client = new pg.Client({
      ...inject('postgres'),
      host: '127.0.0.1',
      port,
      database: database.name,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  // The look whether PgBouncer is up was a client too, for a moment.
  const client = await until(connect, { what: 'a client of PgBouncer' });
  cleanups.push(() => client.end());
  return client;
}

/** A connection through the pooler fails, for this reason and with this text. */
async function expectRefusal(on: TestBackend, reason: string, text: RegExp): Promise<void> {
  const { status, body } = await on.get('/api/rds/health');
  expect(body).toMatchObject({ reason });
  expect(body.message).toMatch(text);
  expect(status).toBe(503);
}

/** Why ping fails in a run on demand; undefined: it does not. */
async function pingFailure(on: TestBackend) {
  const { body } = await on.get('/api/rds/benchmark');
  const failures = body.failures as { operation: string; reason: string; message: string }[];
  return failures.find(({ operation }) => operation === 'ping');
}

/** The line of [databases] for the test's server, and what it adds. */
function behind(more = ''): string {
  const { host, port } = inject('postgres');
  return `host=${host} port=${port} ${more}`;
}

test('a database that PgBouncer does not know: missing_database, and where to add it', async () => {
  const on = await backendOn(await pooler({ databases: `other = ${behind()}` }));
  await expectRefusal(on, 'missing_database', /^no such database: .*; add it to \[databases\]/);
});

test('a database that the server behind it does not have: missing_database', async () => {
  const on = await backendOn(await pooler(), { DB_NAME: 'nowhere' });
  await expectRefusal(on, 'missing_database', /^database "nowhere" does not exist$/);
});

test.each([
  ['a wrong password', { DB_PASSWORD: 'wrong-secret' }],
  ['a user that it does not know', { DB_USER: 'nobody' }],
])('%s: auth', async (_, env) => {
  const on = await backendOn(await pooler(), env);
  await expectRefusal(on, 'auth', /^SASL authentication failed$/);
});

test('a user that auth_query does not find: auth', async () => {
  const { user } = inject('postgres');
  const settings = { auth_user: user, auth_type: 'md5' };
  const on = await backendOn(await pooler({ settings }), { DB_USER: 'nobody' });
  await expectRefusal(on, 'auth', /no such user|authentication failed/);
});

test('a password that the server behind it refuses: auth', async () => {
  const { DB_USER } = await database.createRole();
  const databases = `* = ${behind(`user=${DB_USER} password=wrong`)}`;
  const on = await backendOn(await pooler({ databases }));
  await expectRefusal(on, 'auth', /^password authentication failed for user/);
});

test('the limit of the role on the server behind it: too_many_connections', async () => {
  const { DB_USER, DB_PASSWORD } = await database.createRole('CONNECTION LIMIT 0');
  const databases = `* = ${behind(`user=${DB_USER} password=${DB_PASSWORD}`)}`;
  const on = await backendOn(await pooler({ databases }));
  await expectRefusal(on, 'too_many_connections', /^too many connections for role/);
});

test('max_client_conn: too_many_connections, and what to raise', async () => {
  const full = await pooler({ settings: { max_client_conn: 1 } });
  await holdClient(full);
  await expectRefusal(
    await backendOn(full),
    'too_many_connections',
    /^no more connections allowed \(max_client_conn\); raise max_client_conn$/,
  );
});

test('a pool without a free connection: query_wait_timeout is a timeout, and says why', async () => {
  const busy = await pooler({ settings: { default_pool_size: 1, query_wait_timeout: 1 } });
  const holder = await holdClient(busy);
  await holder.query('BEGIN');
  const on = await backendOn(busy);
  const { body } = await on.get('/api/rds/benchmark');
  const failure = (body.failures as { operation: string }[]).find(
    ({ operation }) => operation === 'ping',
  );
  expect(failure).toMatchObject({ reason: 'timeout' });
  expect(JSON.stringify(failure)).toContain(
    'query_wait_timeout; the pooler had no free connection',
  );
});

test('paused: query_wait_timeout is a timeout', async () => {
  const paused = await pooler({ settings: { query_wait_timeout: 1 } });
  await paused.command('PAUSE');
  await expectRefusal(await backendOn(paused), 'timeout', /^query_wait_timeout; /);
});

test('disabled in the console: refused, and what enables it', async () => {
  const name = database.name;
  const disabled = await pooler({ databases: `${name} = ${behind()}` });
  await disabled.command(`DISABLE ${name}`);
  await expectRefusal(await backendOn(disabled), 'refused', /is disabled; ENABLE it/);
});

test('a server behind it that has never answered: timeout', async () => {
  const settings = { client_login_timeout: 1 };
  const lone = await pooler({ databases: '* = host=127.0.0.1 port=1', settings });
  await expectRefusal(await backendOn(lone), 'timeout', /^client_login_timeout/);
});

test('a server behind it that has gone: refused, and that the pooler stands', async () => {
  const server = await startProxy(inject('postgres'));
  const databases = `* = host=127.0.0.1 port=${server.port}`;
  const on = await backendOn(await pooler({ databases }), { OPERATION_TIMEOUT_MS: '2000' });
  await on.get('/api/rds/benchmark');
  await server.close();
  // PgBouncer still lets clients log in: only a statement shows that there is no server.
  const { reason, message } = await until(
    async () => {
      const failure = await pingFailure(on);
      return failure?.reason === 'refused' && failure;
    },
    { everyMs: 250 },
  );
  expect({ reason, message }).toMatchObject({
    reason: 'refused',
    message: expect.stringMatching(/^server login has been failing.*; PgBouncer runs/) as string,
  });
});
