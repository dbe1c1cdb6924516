import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test, type TestContext } from 'vitest';
import { serverUser } from '../../src/lab/postgres-binaries.js';
import { grantSql, tableSql } from '../../src/probe/schema-sql.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { runFailures } from '../helpers/run-failures.js';
import { createTargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

/** A deadline that none of these has to wait for. */
const ON_DEMAND = { SCHEDULE: '0 0 1 1 *', OPERATION_TIMEOUT_MS: '10000' };

let database: TestDatabase;
/** What a test has started, in order. */
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  database = await createDatabase();
  cleanups.push(() => database.drop());
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<TestBackend> {
  const on = await startTestBackend({ ...database.env, ...ON_DEMAND, ...env });
  cleanups.push(() => on.close());
  return on;
}

/** A role with the rights that the probe needs on its table. */
async function createProbeRole(options = ''): Promise<Record<string, string>> {
  const env = await database.createRole(options);
  await database.query(tableSql(null) + grantSql(nameOf(env), null));
  return env;
}

function nameOf({ DB_USER = '' }: Readonly<Record<string, string>>): string {
  return DB_USER;
}

describe('the server lets nobody in', () => {
  const cases: {
    why: string;
    reason: string;
    text: RegExp;
    prepare: () => Promise<Readonly<Record<string, string>>>;
  }[] = [
    {
      why: 'there is no such database',
      reason: 'missing_database',
      text: /"nowhere" does not exist/,
      prepare: () => Promise.resolve({ DB_NAME: 'nowhere' }),
    },
    {
      why: 'the role may not log in',
      reason: 'auth',
      text: /is not permitted to log in/,
      prepare: async () => {
        const env = await database.createRole();
        await database.query(`ALTER ROLE ${nameOf(env)} NOLOGIN`);
        return env;
      },
    },
    {
      why: 'the role has been given a time that is over',
      reason: 'auth',
      text: /password authentication failed/,
      prepare: () => database.createRole("VALID UNTIL '2001-01-01'"),
    },
    {
      why: 'the role has its connections',
      reason: 'too_many_connections',
      text: /too many connections for role/,
      prepare: () => database.createRole('CONNECTION LIMIT 0'),
    },
    {
      why: 'the database has its connections',
      reason: 'too_many_connections',
      text: /too many connections for database/,
      prepare: async () => {
        await database.query(`ALTER DATABASE ${database.name} CONNECTION LIMIT 0`);
        return database.createRole();
      },
    },
    {
      why: 'the database is closed to everybody',
      reason: 'refused',
      text: /not currently accepting connections/,
      prepare: async () => {
        await database.query(
          'UPDATE pg_database SET datallowconn = false WHERE datname = current_database()',
        );
        return {};
      },
    },
    {
      why: 'the role lacks CONNECT',
      reason: 'permission',
      text: /permission denied for database/,
      prepare: async () => {
        await database.query(`REVOKE CONNECT ON DATABASE ${database.name} FROM PUBLIC`);
        return database.createRole();
      },
    },
  ];

  test.each(cases)('$why: $reason', async ({ reason, text, prepare }) => {
    const { body } = await (await start(await prepare())).get('/api/rds/health');
    expect(body).toMatchObject({ status: 'error', reason });
    expect(body.message).toMatch(text);
  });
});

describe('somebody holds the table, and the server gives up by a setting of the role', () => {
  test.each([
    ['lock_timeout', 'lock_timeout', /lock timeout/, {}],
    ['transaction_timeout', 'timeout', /transaction timeout/, {}],
    // Elsewhere the backend's own setting is stronger.
    ['statement_timeout', 'timeout', /statement timeout/, { DB_POOLER: 'true' }],
  ])('%s: %s', async (setting, reason, text, pooler) => {
    const env = await createProbeRole();
    const on = await start({ ...env, ...pooler });
    await database.query(`ALTER ROLE ${nameOf(env)} SET ${setting} = '200ms'`);
    const unlock = await database.lockTable();
    cleanups.push(unlock);
    const { select, insert } = await runFailures(on);
    expect(select).toMatchObject({ reason });
    expect(select?.message).toMatch(text);
    expect(insert).toMatchObject({ reason });
  });
});

test('a session that the server ends for being idle costs the next run nothing', async () => {
  const env = await createProbeRole();
  await database.query(`ALTER ROLE ${nameOf(env)} SET idle_session_timeout = '100ms'`);
  const on = await start(env);
  expect(await runFailures(on)).toEqual({});
  await until(async () => (await database.sessions()) === 0);
  expect(await runFailures(on)).toEqual({});
});

test('a session that somebody ends in the middle of a statement: terminated', async () => {
  const on = await start(await createProbeRole());
  const unlock = await database.lockTable();
  const failures = runFailures(on);
  await until(async () => (await database.waitingForLock()) > 0);
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  await unlock();
  expect((await failures).select).toMatchObject({ reason: 'terminated' });
});

describe('what was there before is gone, under a connection that is open', () => {
  async function runThen(sql: (role: string) => string) {
    const env = await createProbeRole();
    const on = await start(env);
    expect(await runFailures(on)).toEqual({});
    await database.query(sql(nameOf(env)));
    return runFailures(on);
  }

  test('the table: missing_table', async () => {
    const { select, insert } = await runThen(() => 'DROP TABLE pglatency_probe');
    expect([select?.reason, insert?.reason]).toEqual(['missing_table', 'missing_table']);
  });

  test('a right: permission', async () => {
    const { select, insert } = await runThen(
      (role) => `REVOKE INSERT ON pglatency_probe FROM ${role}`,
    );
    expect([select?.reason, insert?.reason]).toEqual([undefined, 'permission']);
  });

  test('the right to a row, by row-level security: permission', async () => {
    const { insert } = await runThen(() => 'ALTER TABLE pglatency_probe ENABLE ROW LEVEL SECURITY');
    expect(insert?.reason).toBe('permission');
  });

  test('the right to write, after the next connection: read_only', async () => {
    const { insert } = await runThen(
      (role) =>
        `ALTER ROLE ${role} SET default_transaction_read_only = on;
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`,
    );
    expect(insert?.reason).toBe('read_only');
  });
});

test('a schema that does not exist: missing_table, and ping is measured', async () => {
  const env = await createProbeRole();
  await database.query(`ALTER ROLE ${nameOf(env)} SET search_path = nowhere`);
  const failures = await runFailures(await start(env));
  expect(Object.keys(failures).sort()).toEqual(['insert', 'select']);
  expect(failures.insert).toMatchObject({ reason: 'missing_table' });
});

test('a deadlock: conflict', async () => {
  const env = await createProbeRole();
  await database.query(
    `CREATE FUNCTION lock_two() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN PERFORM pg_advisory_xact_lock(1), pg_advisory_xact_lock(2); RETURN NEW; END $$;
     CREATE TRIGGER lock_two BEFORE INSERT ON pglatency_probe EXECUTE FUNCTION lock_two();
     ALTER ROLE ${nameOf(env)} SET deadlock_timeout = '5s'`,
  );
  const on = await start(env);
  const other = new pg.Client({ ...inject('postgres'), database: database.name });
  await other.connect();
  cleanups.push(() => other.end());
  await other.query('SELECT pg_advisory_lock(2)');
  // A server looks for a deadlock once a wait, so only the insert's own look may find this one.
  await other.query("SET deadlock_timeout = '1h'");
  const run = runFailures(on);
  await until(async () => (await database.waitingForLock()) > 0);
  const [failures] = await Promise.all([run, other.query('SELECT pg_advisory_lock(1)')]);
  expect(failures.insert).toMatchObject({ reason: 'conflict' });
});

test('an own query over temp_file_limit: out_of_resources', async () => {
  const env = await createProbeRole();
  await database.query(
    `ALTER ROLE ${nameOf(env)} SET work_mem = '64kB';
     ALTER ROLE ${nameOf(env)} SET temp_file_limit = '100kB'`,
  );
  const file = createTargetsFile();
  cleanups.push(() => rmSync(file.folder, { recursive: true }));
  file.write(
    [],
    [
      {
        name: 'sort',
        sql: 'SELECT i FROM generate_series(1, 100000) i ORDER BY -i LIMIT 1 OFFSET 99999',
      },
    ],
  );
  const failures = await runFailures(await start({ ...env, TARGETS_FILE: file.path }));
  expect(failures).toMatchObject({ query_sort: { reason: 'out_of_resources' } });
});

test('a full disk: disk_full, and reading goes on', async (context) => {
  const folder = mountSmallDisk(context);
  const env = await createProbeRole();
  const space = `s_${database.name}`;
  await database.query(`CREATE TABLESPACE ${space} LOCATION '${folder}'`);
  cleanups.push(async () => {
    await database.query('DROP TABLE pglatency_probe');
    await database.query(`DROP TABLESPACE ${space}`);
  });
  await database.query(`ALTER TABLE pglatency_probe SET TABLESPACE ${space}`);
  const on = await start(env);
  const fill = (rows: number) =>
    database.query(
      `INSERT INTO pglatency_probe (region) SELECT 'local' FROM generate_series(1, ${rows})`,
    );
  for (const rows of [1_000, 100, 10, 1]) {
    for (let isFull = false; !isFull;) {
      isFull = await fill(rows).then(
        () => false,
        () => true,
      );
    }
  }
  const { select, insert } = await runFailures(on);
  expect(insert).toMatchObject({ reason: 'disk_full' });
  expect(select).toBeUndefined();
});

/** A file system in memory of half a MiB, for the server. */
function mountSmallDisk(context: TestContext): string {
  const { uid, gid } = serverUser();
  if (uid === undefined || gid === undefined) context.skip('only root may mount a small disk');
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-disk-'));
  const options = `size=512k,uid=${uid},gid=${gid},mode=700`;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    context.skip('mounting is not allowed here');
  }
  // Before everything that lies on it: cleanups run backwards, and the first is the database's.
  cleanups.splice(1, 0, () => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}
