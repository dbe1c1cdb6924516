import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { addressesCheck } from '../../src/doctor/checks/addresses.js';
import { replicationCheck } from '../../src/doctor/checks/replication.js';
import { rightsCheck } from '../../src/doctor/checks/rights.js';
import { tableSql } from '../../src/probe/schema-sql.js';
import { urlOf } from '../helpers/database-url.js';
import { lookForOne, visit } from '../helpers/doctor.js';
import { startTestReplica, type TestReplica } from '../helpers/replica.js';
import { until } from '../helpers/until.js';

let pair: TestReplica;
let owner: pg.Client;
const app = { user: 'app', password: 'secret' };

beforeAll(async () => {
  pair = await startTestReplica();
  owner = new pg.Client(pair.primary.connection);
  await owner.connect();
  await owner.query("CREATE ROLE app LOGIN PASSWORD 'secret'");
});
afterAll(async () => {
  await owner.end();
  await pair.stop();
});

const primaryUrl = () => urlOf({ ...pair.primary, ...app }, 'contacts');
const replicaUrl = () => urlOf({ ...pair.replica, ...app }, 'contacts');

describe('on a replica', () => {
  test('every check is made; it is asked for the right to read alone', async () => {
    const arrived = () => visit([replicaUrl()]);
    const before = await until(async () => {
      const it = await arrived();
      return it.statuses.connection === 'ok' && it;
    });
    const { rights, ...others } = before.statuses;
    expect(others).toEqual(Object.fromEntries(Object.keys(others).map((it) => [it, 'ok'])));
    expect(rights).toBe('warning');
    expect(before.of('rights')[0]?.mend).toMatch(/^-- on the primary:\nCREATE TABLE/);
    expect(before.of('pooler')[0]?.found).toMatch(/^a standby answers/);
    await owner.query(`${tableSql(null)}; GRANT SELECT ON pglatency_probe TO app`);
    await until(async () => (await lookForOne(rightsCheck, replicaUrl())).status === 'ok');
    expect((await lookForOne(rightsCheck, primaryUrl())).status).toBe('broken');
  });

  test('a standby among the addresses of a read-write target', async () => {
    const { primary, replica } = pair;
    const url = `postgres://app:secret@${primary.host}:${primary.port},${replica.host}:${replica.port}/contacts`;
    const target = { mode: 'read-write' } as const;
    const found = await lookForOne(addressesCheck, url, { target, config: loadConfig({}) });
    expect(found.status).toBe('warning');
    expect(found.found).toContain(`:${replica.port} is a standby`);
  });
});

describe('a synchronous standby that is connected', () => {
  const status = async () => (await lookForOne(replicationCheck, primaryUrl())).status;

  test('is not seen without pg_monitor, then is the only one, and then is gone', async () => {
    await owner.query("ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (*)'");
    await owner.query('SELECT pg_reload_conf()');
    await until(async () => (await status()) === 'unknown');
    const hidden = await lookForOne(replicationCheck, primaryUrl());
    expect(hidden.mend).toBe('GRANT pg_monitor TO "app"');
    await owner.query('GRANT pg_monitor TO app');
    await until(async () => (await status()) === 'warning');
    await owner.query('SET synchronous_commit = local');
    await pair.replica.stop();
    await until(async () => (await status()) === 'broken');
    await owner.query('REVOKE pg_monitor FROM app');
    expect(await status()).toBe('broken');
  });
});
