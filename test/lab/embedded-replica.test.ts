import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startEmbeddedReplica } from '../../src/lab/embedded-replica.js';
import { startRelay } from '../../src/lab/relay.js';
import { ask } from '../helpers/ask.js';
import { until } from '../helpers/until.js';

let primary: EmbeddedPostgres;

beforeAll(async () => {
  primary = await startEmbeddedPostgres({ database: 'contacts' });
  await ask(primary.connection, 'CREATE TABLE numbers AS SELECT 1 AS n');
});

afterAll(() => primary.dispose());

test('a replica has what the primary had, gets what it gets, and takes no writes', async () => {
  const replica = await startEmbeddedReplica(primary);
  try {
    expect(
      await ask(replica.connection, 'SELECT n, pg_is_in_recovery() AS recovers FROM numbers'),
    ).toEqual({
      n: 1,
      recovers: true,
    });
    await ask(primary.connection, 'INSERT INTO numbers VALUES (2)');
    await until(
      async () => (await ask(replica.connection, 'SELECT max(n) AS n FROM numbers')).n === 2,
    );
    await expect(ask(replica.connection, 'INSERT INTO numbers VALUES (3)')).rejects.toMatchObject({
      code: '25006',
    });
    await ask(replica.connection, 'SELECT pg_promote()');
    await ask(replica.connection, 'INSERT INTO numbers VALUES (3)');
  } finally {
    await replica.dispose();
  }
  expect(existsSync(dirname(replica.dataDir))).toBe(false);
});

test('takes settings, and another way to its primary', async () => {
  const relay = await startRelay({ upstream: primary, rttMs: 1 });
  const settings = { recovery_min_apply_delay: '500ms' };
  const replica = await startEmbeddedReplica(primary, {
    upstream: { host: '127.0.0.1', port: relay.port },
    settings,
  });
  try {
    await until(() => relay.connections === 1);
    expect(await ask(replica.connection, 'SHOW recovery_min_apply_delay')).toEqual(settings);
    relay.freeze();
    await ask(primary.connection, 'INSERT INTO numbers VALUES (10)');
    expect(await ask(replica.connection, 'SELECT max(n) AS n FROM numbers')).not.toEqual({ n: 10 });
    relay.thaw();
    await until(
      async () => (await ask(replica.connection, 'SELECT max(n) AS n FROM numbers')).n === 10,
    );
  } finally {
    await replica.dispose();
    await relay.close();
  }
});
