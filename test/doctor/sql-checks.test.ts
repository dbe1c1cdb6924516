import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { limitsCheck } from '../../src/doctor/checks/limits.js';
import { publicationsCheck } from '../../src/doctor/checks/publications.js';
import { rightsCheck } from '../../src/doctor/checks/rights.js';
import { timeoutsCheck } from '../../src/doctor/checks/timeouts.js';
import { schemaScript } from '../../src/probe/schema-script.js';
import { tableSql } from '../../src/probe/schema-sql.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { urlOfEnvironment } from '../helpers/database-url.js';
import { lookForOne } from '../helpers/doctor.js';

let database: TestDatabase;
/** A role that may connect, and nothing else. */
let url: string;
let role: string;
/** Undo what a test has planted. */
const undo: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  const env = await database.createRole();
  role = env.DB_USER as string;
  url = urlOfEnvironment(env);
});
afterEach(async () => {
  for (const sql of undo.splice(0).reverse()) await database.query(sql);
});
afterAll(() => database.drop());

async function plant(sql: string, undoSql: string): Promise<void> {
  await database.query(sql);
  undo.push(undoSql);
}

const plantTable = () => plant(tableSql(null), 'DROP TABLE IF EXISTS pglatency_probe');
const READ_WRITE = { mode: 'read-write' } as const;
const configured = () => ({ config: loadConfig(database.env), target: READ_WRITE });

/** Runs what the finding says, as the owner. */
async function mend(sql: string | null): Promise<void> {
  await database.query(sql ?? 'no command');
}

describe('rights', () => {
  test('no table, and no right to make it: the SQL, which mends it', async () => {
    undo.push('DROP TABLE IF EXISTS pglatency_probe');
    const found = await lookForOne(rightsCheck, url);
    expect(found).toMatchObject({ status: 'warning' });
    expect(found.found).toBe(
      `there is no pglatency_probe, and ${role} has no right to make it in public`,
    );
    expect((await lookForOne(rightsCheck, url, configured())).status).toBe('broken');
    await mend(found.mend);
    expect(await lookForOne(rightsCheck, url, configured())).toMatchObject({ status: 'ok' });
  });

  test('no schema either: the SQL makes it', async () => {
    undo.push('DROP SCHEMA IF EXISTS monitor CASCADE');
    const target = { probeSchema: 'monitor' };
    const found = await lookForOne(rightsCheck, url, { target });
    expect(found.found).toContain('no schema for it');
    await mend(found.mend);
    expect(await lookForOne(rightsCheck, url, { target })).toMatchObject({ status: 'ok' });
  });

  test('the table without the rights: the GRANT, which mends it', async () => {
    await plantTable();
    await database.query(`GRANT SELECT ON pglatency_probe TO ${role}`);
    const found = await lookForOne(rightsCheck, url);
    expect(found).toMatchObject({
      status: 'broken',
      found: `${role} lacks INSERT, DELETE on public.pglatency_probe`,
    });
    await mend(found.mend);
    expect(await lookForOne(rightsCheck, url)).toMatchObject({
      status: 'ok',
      found: `${role} has SELECT, INSERT, DELETE on public.pglatency_probe`,
    });
  });

  test('row-level security', async () => {
    await plantTable();
    await database.query(`GRANT SELECT, INSERT, DELETE ON pglatency_probe TO ${role}`);
    await database.query('ALTER TABLE pglatency_probe ENABLE ROW LEVEL SECURITY');
    const found = await lookForOne(rightsCheck, url);
    expect(found.found).toContain('row-level security');
    await mend(found.mend);
    expect((await lookForOne(rightsCheck, url)).status).toBe('ok');
  });

  test('a table in another schema than it is looked for', async () => {
    await plant(
      `CREATE SCHEMA elsewhere; ${tableSql('elsewhere')}`,
      'DROP SCHEMA elsewhere CASCADE',
    );
    expect(await lookForOne(rightsCheck, url)).toMatchObject({
      status: 'warning',
      mend: 'PROBE_SCHEMA=elsewhere',
    });
  });

  test('no table, and the right to make it', async () => {
    await plant(
      `GRANT CREATE ON SCHEMA public TO ${role}`,
      `REVOKE CREATE ON SCHEMA public FROM ${role}`,
    );
    expect(await lookForOne(rightsCheck, url, configured())).toMatchObject({ status: 'ok' });
  });

  test('what `pglatency schema` prints is enough', async () => {
    await plant(
      schemaScript({ role, schema: null, regions: 10 }),
      `ALTER ROLE ${role} CONNECTION LIMIT -1`,
    );
    undo.push('DROP TABLE pglatency_probe');
    expect((await lookForOne(rightsCheck, url, configured())).status).toBe('ok');
    expect((await lookForOne(limitsCheck, url)).status).toBe('ok');
  });
});

describe('publications', () => {
  test('none, or one of other tables', async () => {
    await plant('CREATE TABLE orders (id int)', 'DROP TABLE orders');
    await plant('CREATE PUBLICATION chosen FOR TABLE orders', 'DROP PUBLICATION chosen');
    expect((await lookForOne(publicationsCheck, url)).status).toBe('ok');
  });

  test.each([
    ['all tables', 'FOR ALL TABLES'],
    ['the schema', 'FOR TABLES IN SCHEMA public'],
  ])('one of %s, also before there is a table', async (_, what) => {
    await plant(`CREATE PUBLICATION "of all" ${what}`, 'DROP PUBLICATION "of all"');
    const found = await lookForOne(publicationsCheck, url);
    expect(found.status).toBe('warning');
    expect(found.found).toContain('"of all"');
    expect(found.mend).toContain('CREATE TABLE IF NOT EXISTS pglatency_probe');
  });

  test('one of the table itself', async () => {
    await plantTable();
    await plant('CREATE PUBLICATION own FOR TABLE pglatency_probe', 'DROP PUBLICATION own');
    expect((await lookForOne(publicationsCheck, url)).status).toBe('warning');
  });
});

describe('connections', () => {
  test.each([
    [60, 'ok', /1 of 60/],
    [3, 'warning', /may have 3 connections and has 1/],
    [1, 'broken', /none is free/],
  ])('a role with a limit of %i', async (limit, status, text) => {
    await plant(
      `ALTER ROLE ${role} CONNECTION LIMIT ${limit}`,
      `ALTER ROLE ${role} CONNECTION LIMIT -1`,
    );
    const found = await lookForOne(limitsCheck, url);
    expect(found.status).toBe(status);
    expect(found.found).toMatch(text);
    if (found.mend === null) return;
    await mend(found.mend);
    expect((await lookForOne(limitsCheck, url)).status).toBe('ok');
  });

  test('a fleet needs more', async () => {
    const PEERS = ['lhr', 'fra', 'syd'].map((it, i) => `${it}=http://127.0.0.1:${i + 1}`).join();
    await plant(`ALTER ROLE ${role} CONNECTION LIMIT 20`, `ALTER ROLE ${role} CONNECTION LIMIT -1`);
    const found = await lookForOne(limitsCheck, url, {
      config: loadConfig({ ...database.env, PEERS }),
    });
    expect(found).toMatchObject({ status: 'warning' });
    expect(found.mend).toContain('CONNECTION LIMIT 30');
  });

  test('a database with a limit', async () => {
    const { name } = database;
    await plant(
      `ALTER DATABASE ${name} CONNECTION LIMIT 4`,
      `ALTER DATABASE ${name} CONNECTION LIMIT -1`,
    );
    const found = await lookForOne(limitsCheck, url);
    expect(found.status).toBe('warning');
    await mend(found.mend);
    expect((await lookForOne(limitsCheck, url)).status).toBe('ok');
  });
});

describe('timeouts', () => {
  test.each([
    ['statement_timeout', '500ms', 'warning'],
    ['statement_timeout', '30s', 'ok'],
    ['idle_session_timeout', '1min', 'warning'],
    ['idle_session_timeout', '1h', 'ok'],
    ['transaction_timeout', '100', 'warning'],
    ['lock_timeout', '2s', 'ok'],
    ['default_transaction_read_only', 'on', 'broken'],
    ['default_transaction_read_only', 'off', 'ok'],
  ])('%s = %s on the role, on the database, on both', async (name, value, status) => {
    const holders = [
      `ALTER ROLE ${role}`,
      `ALTER DATABASE ${database.name}`,
      `ALTER ROLE ${role} IN DATABASE ${database.name}`,
    ];
    for (const holder of holders) {
      await plant(`${holder} SET ${name} = '${value}'`, `${holder} RESET ${name}`);
      const found = await lookForOne(timeoutsCheck, url, configured());
      expect(found.status).toBe(status);
      if (status !== 'ok') {
        expect(found.found).toContain(`${name} = ${value}`);
        await mend(found.mend);
        expect((await lookForOne(timeoutsCheck, url, configured())).status).toBe('ok');
      }
    }
  });

  test('the role is stronger than the database', async () => {
    const onDatabase = `ALTER DATABASE ${database.name}`;
    await plant(
      `${onDatabase} SET statement_timeout = '10ms'`,
      `${onDatabase} RESET statement_timeout`,
    );
    await plant(
      `ALTER ROLE ${role} SET statement_timeout = '1min'`,
      `ALTER ROLE ${role} RESET statement_timeout`,
    );
    expect((await lookForOne(timeoutsCheck, url)).status).toBe('ok');
  });
});
