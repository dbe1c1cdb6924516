import { expect, inject, test } from 'vitest';
import type { Report, UnitReport } from '../../src/audit/report/report.js';
import { auditEnv } from '../helpers/audit.js';
import { runCli } from '../helpers/cli.js';

/** What an audit says of the example, run in this way. */
async function auditShop(way: string, format: string): Promise<string> {
  const { code, stdout, stderr } = await runCli(
    [
      'audit',
      '--rtt',
      'lhr=12,syd=269',
      '--format',
      format,
      '--',
      process.execPath,
      'examples/audit/shop.mjs',
      way,
    ],
    auditEnv(inject('postgres')),
  );
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

const unitOf = (stdout: string, name: string): UnitReport | undefined =>
  (JSON.parse(stdout) as Report).units.find((unit) => unit.name === name);

test('a driver that prepares first pays twice for a write, and the report says for what', async () => {
  const twice = await auditShop('prepare-first', 'json');
  expect(unitOf(twice, 'read')).toMatchObject({
    count: 10,
    trips_p50: 1,
    trips_max: 1,
    savings: [],
  });
  expect(unitOf(twice, 'write')).toMatchObject({
    count: 10,
    trips_p50: 2,
    trips_max: 2,
    trips_by_kind: { prepare: 1, work: 1 },
    savings: [{ what: 'prepare', trips: 1, saved_ms: { lhr: 12, syd: 269 } }],
  });
});

test('in one flight it pays once, and nothing could be saved', async () => {
  const once = await auditShop('one-flight', 'json');
  for (const name of ['read', 'write']) {
    expect(unitOf(once, name)).toMatchObject({
      count: 10,
      trips_p50: 1,
      trips_max: 1,
      savings: [],
    });
  }
});

test('the table of the first names the difference', async () => {
  expect(await auditShop('prepare-first', 'table')).toContain(
    'write: send prepare and execute in one flight: saves 1 trip (12 ms from London, 269 ms from Sydney)',
  );
});
