import { afterEach, describe, expect, inject, test } from 'vitest';
import type { Report } from '../../src/audit/report/report.js';
import pg from 'pg';
import { auditEnv, startAudit } from '../helpers/audit.js';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { until } from '../helpers/until.js';

const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

/** An application that reads once, begins a transaction, and then waits. */
const WAITS = `import pg from 'pg';
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  client.on('error', () => undefined);
  await client.connect();
  await client.query("SELECT 'a' /*action='first'*/");
  await client.query('BEGIN');
  await client.query("SELECT 'b' /*action='second'*/");
  console.log('it waits');
  setInterval(() => undefined, 1_000);`;

function auditOf(program: string): CliProcess {
  const command = [process.execPath, '--input-type=module', '-e', program];
  const cli = spawnCli(
    ['audit', '--format', 'json', '--rtt', 'lhr=12', '--', ...command],
    auditEnv(inject('postgres')),
  );
  closes.push(() => cli.kill('SIGKILL'));
  return cli;
}

const isWaiting = ({ stderr }: CliProcess) =>
  until(() => stderr().includes('it waits'), { what: 'the application' });

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  test('ends the command, and the report has what came until then', async () => {
    const cli = auditOf(WAITS);
    await isWaiting(cli);
    cli.kill(signal);
    const code = await cli.ended;
    const report = JSON.parse(cli.stdout()) as Report;
    const named = (name: string) => report.units.find((unit) => unit.name === name);
    expect(named('first')).toMatchObject({ count: 1, trips_p50: 1, unfinished: 0 });
    expect(named('second')).toMatchObject({ count: 0, trips_p50: null, unfinished: 1 });
    expect(cli.stderr()).toContain(`was ended by ${signal}; the report has everything until then`);
    expect(code).toBe(128 + { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal]);
  });
});

test('a command that does not hear is ended at the third time', async () => {
  const cli = auditOf(`process.on('SIGINT', () => console.log('no')); ${WAITS}`);
  await isWaiting(cli);
  for (let times = 0; times < 2; times++) {
    cli.kill('SIGINT');
    await until(() => cli.stderr().split('no\n').length > times + 1);
  }
  cli.kill('SIGINT');
  expect(await cli.ended).toBe(137);
  expect((JSON.parse(cli.stdout()) as Report).connections.opened).toBe(1);
});

test('however often it is asked while it ends, the report of an application started by hand is whole', async () => {
  const audit = await startAudit();
  closes.push(() => audit.cli.kill('SIGKILL'));
  const client = new pg.Client(audit.connection);
  client.on('error', () => undefined);
  await client.connect();
  for (let i = 0; i < 500; i++) await client.query(`SELECT ${i} AS c${i}`);
  const asking = setInterval(() => audit.cli.kill('SIGINT'), 1);
  closes.push(() => clearInterval(asking));
  const report = await audit.report();
  expect(report.trips).toBeGreaterThanOrEqual(500);
  expect(audit.cli.child.exitCode).toBe(0);
});
