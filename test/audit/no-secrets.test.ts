import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { startAudit } from '../helpers/audit.js';
import { runPsql } from '../helpers/psql.js';

const folder = mkdtempSync(join(tmpdir(), 'audit-no-secrets-'));
const closes: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closes.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** Each is at one place of what the application says, and nowhere else. */
const SECRETS = {
  name: 'secret_table_5101',
  literal: 'secret-literal-5102',
  parameter: 'secret-parameter-5103',
  broken: 'secret-broken-5104',
  copied: 'secret-copied-5105',
  statementName: 'secret-prepared-5106',
  longStatement: 'secret-long-5107',
  comment: 'secret-comment-5108',
  query: 'secret-query-5109',
  address: 'secret-5110@example.com',
  notified: 'secret-notified-5111',
  password: 'secret-password-5112',
  raised: 'secret-raised-5113',
  nested: 'secret-nested-5114',
} as const;

/** Says everything that could be let out, some of it with errors. */
async function speak(config: pg.ClientConfig): Promise<void> {
  const s = SECRETS;
  const client = new pg.Client(config);
  await client.connect();
  const failing = (sql: string) => expect(client.query(sql)).rejects.toThrow();
  await client.query(`CREATE TEMPORARY TABLE ${s.name} (v text) /* ${s.comment} */`);
  await client.query(`INSERT INTO ${s.name} VALUES ('${s.literal}')`);
  for (let i = 0; i < 3; i++) {
    const values = [s.parameter];
    await client.query({
      name: s.statementName,
      text: `SELECT v FROM ${s.name} WHERE v = $1`,
      values,
    });
  }
  await failing(`SELEC '${s.broken}`);
  await failing(`DO $$ BEGIN RAISE EXCEPTION '${s.raised}'; END $$`);
  await client.query(`SELECT ${'('.repeat(5_000)}'${s.nested}'${')'.repeat(5_000)}`);
  await client.query(`SELECT '${s.longStatement}${'x'.repeat(1_100_000)}' AS ${s.name}`);
  await client.query(`SELECT 'x' /*route='/users/${s.address}/orders%3Ftoken=${s.query}'*/`);
  await client.query(`SELECT 'y' /*action='show',${s.comment}='${s.query}'*/`);
  await client.query(`NOTIFY ${s.name}, '${s.notified}'`);
  await client.query(`BEGIN; SET LOCAL work_mem = '8MB'; COMMIT`);
  await client.end();
  await expect(new pg.Client({ ...config, password: s.password }).connect()).rejects.toThrow();
}

test('no report, no line and no error has a statement, a value or a password in it', async (context) => {
  const endings = ['txt', 'md', 'json', 'html'];
  const files = endings.map((ending) => join(folder, `report.${ending}`));
  const audit = await startAudit(['--tls', ...files.flatMap((path) => ['--report', path])]);
  closes.push(() => audit.cli.kill('SIGKILL'));
  await speak(audit.connection);
  await runPsql(
    context,
    audit.connection,
    [`CREATE TEMPORARY TABLE ${SECRETS.name} (v text)`, `COPY ${SECRETS.name} FROM STDIN`],
    `${SECRETS.copied}\n`,
  );
  const report = await audit.report();
  // It was all seen, and counted.
  expect(report.trips).toBeGreaterThan(20);
  const names = report.units.map(({ name }) => name);
  expect(names).toContain('/users/:id/orders');
  expect(names).toContain('show');
  const shown = [
    audit.cli.stdout(),
    audit.cli.stderr(),
    ...files.map((path) => readFileSync(path, 'utf8')),
  ].join('\n');
  expect(shown).toContain('/users/:id/orders');
  const letOut = [...Object.values(SECRETS), inject('postgres').password].filter((it) =>
    shown.includes(it),
  );
  expect(letOut).toEqual([]);
  // Not the parts of them either, which a name that was cut would have.
  expect(shown).not.toMatch(/secret|51\d\d@|example\.com/i);
});
