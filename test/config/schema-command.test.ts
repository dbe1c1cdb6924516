import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';

let database: TestDatabase;
/** The owner of a database at RDS and elsewhere: may create roles, and is no superuser. */
let owner: pg.Client;
const role = `Probe ${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  database = await createDatabase();
  const env = await database.createRole('CREATEROLE');
  await database.query(`ALTER DATABASE ${database.name} OWNER TO ${env.DB_USER}`);
  owner = await connect(env.DB_USER, env.DB_PASSWORD);
});

afterAll(async () => {
  await database.query(`DROP SCHEMA "Mon" CASCADE; DROP ROLE "${role}"`);
  await owner.end();
  await database.drop();
});

async function connect(user = '', password = ''): Promise<pg.Client> {
  const { DB_HOST: host = '', DB_PORT: port } = database.env;
  const client = new pg.Client({
    host,
    port: Number(port),
    user,
    password,
    database: database.name,
  });
  await client.connect();
  return client;
}

test('an owner who is no superuser runs it, twice, and the role may then do what the probe does', async () => {
  const { stdout } = await runCli(['schema', '--role', role, '--schema', 'Mon']);
  await owner.query(stdout);
  await owner.query(stdout);
  await owner.query(`ALTER ROLE "${role}" PASSWORD 'probe-password'`);

  const probe = await connect(role, 'probe-password');
  await probe.query(`INSERT INTO "Mon".pglatency_probe (region) VALUES ('lhr')`);
  const { rows } = await probe.query('SELECT count(*)::int AS n FROM "Mon".pglatency_probe');
  expect(rows).toEqual([{ n: 1 }]);
  await probe.query('DELETE FROM "Mon".pglatency_probe');
  await expect(probe.query('CREATE TABLE "Mon".another (id int)')).rejects.toMatchObject({
    code: '42501',
  });
  await probe.end();
});

test.each([
  [[], 72],
  [['--regions', '1'], 18],
  [['--regions', '30'], 192],
])('%j: the role may have so many connections', async (options, limit) => {
  const { stdout } = await runCli(['schema', '--role', role, '--schema', 'Mon', ...options]);
  await owner.query(stdout);
  const rows = await database.query('SELECT rolconnlimit FROM pg_roles WHERE rolname = $1', [role]);
  expect(rows).toEqual([{ rolconnlimit: limit }]);
});

test('without a role it makes the table, and touches no role', async () => {
  const { stdout } = await runCli(['schema']);
  expect(stdout).toContain('CREATE TABLE IF NOT EXISTS pglatency_probe (');
  expect(stdout).not.toMatch(/^(GRANT|ALTER|DO)/m);
});

describe('wrong usage', () => {
  const NAME =
    'a name of letters, digits, _ and $, from a letter or _, at most 63 long, that does not begin with pg_';
  test.each([
    [['--regions', '0'], 'Give a whole number from 1 to 1000.'],
    [['--regions', 'ten'], 'Give a whole number from 1 to 1000.'],
    [['--schema', 'pg_probe'], `Expected ${NAME}.`],
    [['--schema', 'a"; DROP TABLE orders; --'], `Expected ${NAME}.`],
    [['--role', ''], 'Give the name of a role, without $$.'],
    [['--role', 'a$$b'], 'Give the name of a role, without $$.'],
    [
      ['--role', 'a\nb'],
      'Expected text without line breaks and control characters (it holds a line break).',
    ],
  ])('%j', async (options, message) => {
    const { code, stdout, stderr } = await runCli(['schema', ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
