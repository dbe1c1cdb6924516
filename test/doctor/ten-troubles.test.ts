import { readFile, writeFile } from 'node:fs/promises';
import { generate } from 'selfsigned';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { tableSql } from '../../src/probe/schema-sql.js';
import { runCli } from '../helpers/cli.js';
import { visit } from '../helpers/doctor.js';

/** A database with ten troubles; what is said of it stands in this page, by `UPDATE_DOCS=1`. */
const PAGE = new URL('../../docs/doctor.md', import.meta.url);
const MS_PER_DAY = 86_400_000;

let server: EmbeddedPostgres;
let owner: pg.Client;
let url: string;

const TROUBLES = [
  ['addresses', 'warning', /does not answer/],
  ['tls', 'warning', /ends in/],
  ['tls', 'warning', /is not for/],
  ['authentication', 'warning', /MD5/],
  ['rights', 'broken', /lacks INSERT, DELETE/],
  ['publications', 'warning', /everything/],
  ['replication', 'broken', /none is connected/],
  ['connections', 'warning', /may have 3/],
  ['timeouts', 'warning', /statement_timeout/],
  ['timeouts', 'warning', /idle_session_timeout/],
] as const;

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'db.old.example' }], {
    notAfterDate: new Date(Date.now() + 9.5 * MS_PER_DAY),
  });
  server = await startEmbeddedPostgres({
    database: 'contacts',
    settings: { ssl: 'on', password_encryption: 'md5' },
    files: { 'server.crt': cert, 'server.key': key },
    hba: ['host all app all md5'],
  });
  owner = new pg.Client(server.connection);
  await owner.connect();
  await owner.query(`SET synchronous_commit = local;
    CREATE ROLE app LOGIN PASSWORD 'secret' CONNECTION LIMIT 3;
    ${tableSql(null)};
    GRANT SELECT ON pglatency_probe TO app;
    CREATE PUBLICATION everything FOR ALL TABLES;
    ALTER ROLE app SET idle_session_timeout = '1min';
    ALTER DATABASE contacts SET statement_timeout = '200ms'`);
  await owner.query("ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (standby)'");
  await owner.query('SELECT pg_reload_conf()');
  // The first of the two addresses is that of nobody.
  url =
    'postgres://app:secret@db.example.com,db.example.com/contacts' +
    `?hostaddr=127.0.0.9,127.0.0.1&port=${server.port}&sslmode=require`;
});
afterAll(async () => {
  await owner.end();
  await server.dispose();
});

/** All that somebody could have mended. */
async function state(): Promise<unknown> {
  const { rows } = await owner.query(`SELECT
    (SELECT json_agg(r ORDER BY rolname) FROM pg_authid r) AS roles,
    (SELECT json_agg(d ORDER BY datname) FROM (SELECT datname, datacl, datconnlimit FROM pg_database) d) AS databases,
    (SELECT json_agg(c ORDER BY oid) FROM (SELECT oid, relname, relacl FROM pg_class) c) AS tables,
    (SELECT json_agg(s ORDER BY setdatabase, setrole) FROM pg_db_role_setting s) AS settings,
    (SELECT json_agg(p ORDER BY pubname) FROM pg_publication p) AS publications,
    (SELECT json_agg(f ORDER BY seqno) FROM pg_file_settings f) AS files`);
  return rows;
}

test('it finds ten, and mends none', async () => {
  const before = await state();
  const { code, document } = await visit([url]);
  const troubles = (document.targets[0]?.checks ?? []).flatMap(({ check, findings }) =>
    findings.filter(({ status }) => status !== 'ok').map((it) => ({ ...it, check })),
  );
  expect(troubles.map(({ check, status }) => [check, status])).toEqual(
    TROUBLES.map(([check, status]) => [check, status]),
  );
  for (const [i, [, , text]] of TROUBLES.entries()) {
    expect(troubles[i]?.found).toMatch(text);
    expect(troubles[i]?.why).toMatch(/\S/);
    expect(troubles[i]?.mend).toMatch(/\S/);
  }
  expect(code).toBe(1);
  expect(await state()).toEqual(before);
});

/** What differs from run to run. */
function steady(text: string): string {
  return text
    .replace(/\d+(?:\.\d+)? ms/g, 'N ms')
    .replace(/\d{4}-\d\d-\d\d/g, 'DATE')
    .replace(/PostgreSQL \d+\.\d+/g, 'PostgreSQL N')
    .replace(/(?:ahead of|behind) this/g, 'beside this')
    .replace(/ends in \d+ days/g, 'ends in N days')
    .replace(/and has \d;/g, 'and has N;')
    .replace(/\s+/g, ' ');
}

test('docs/doctor.md has what it prints', async () => {
  const { stdout } = await runCli(['doctor', url]);
  const printed = stdout.replaceAll(String(server.port), '5432').trimEnd();
  const page = await readFile(PAGE, 'utf8');
  const block = /(<!-- ten troubles -->\n\n```\n)([\s\S]*?)(\n```\n)/;
  if (process.env.UPDATE_DOCS === '1') {
    await writeFile(
      PAGE,
      page.replace(block, (_, head: string, __, tail: string) => head + printed + tail),
    );
    return;
  }
  expect(steady(block.exec(page)?.[2] ?? '')).toBe(steady(printed));
});
