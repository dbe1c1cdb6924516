import { describe, expect, test } from 'vitest';
import { startTestBackend } from '../../test/helpers/backend.js';
import { loadConfig } from './config.js';
import { describeConfig } from './describe-config.js';
import { sleepingServiceOf, sleepsAfterMs } from './sleeping-services.js';

const MINUTE_MS = 60_000;

describe('the host says which service it is, and when it sleeps', () => {
  test.each([
    ['ep-quiet-lake-a1b2c3d4.eu-central-1.aws.neon.tech', 'Neon', 5 * MINUTE_MS],
    ['ep-quiet-lake-a1b2c3d4-pooler.eu-central-1.aws.neon.tech', 'Neon', 5 * MINUTE_MS],
    ['EP-QUIET.AWS.NEON.TECH.', 'Neon', 5 * MINUTE_MS],
    ['cl.cluster-c0ffee.eu-west-1.rds.amazonaws.com', 'Aurora', 5 * MINUTE_MS],
    ['cl.cluster-ro-c0ffee.eu-west-1.rds.amazonaws.com', 'Aurora', 5 * MINUTE_MS],
    ['reports.cluster-custom-c0ffee.eu-west-1.rds.amazonaws.com', 'Aurora', 5 * MINUTE_MS],
    ['main.eu-central-1.xata.sh', 'Xata', null],
    ['db.prisma.io', 'Prisma Postgres', null],
    ['pooled.db.prisma.io', 'Prisma Postgres', null],
    ['name-123.abc.aws-eu-central-1.cockroachlabs.cloud', 'CockroachDB Cloud', null],
    ['app-db.flycast', 'Fly Postgres', 60 * MINUTE_MS],
    ['postgres.railway.internal', 'Railway', 10 * MINUTE_MS],
    ['shortline.proxy.rlwy.net', 'Railway', 10 * MINUTE_MS],
  ])('%s', (host, name, afterMs) => {
    expect(sleepingServiceOf(host)?.name).toBe(name);
    expect(sleepsAfterMs(host)).toBe(afterMs);
  });

  test.each([
    'db.example.com',
    'neon.tech.example.com',
    'myneon.tech',
    '10.0.0.1',
    '::1',
    // An instance of RDS or of Aurora, and RDS Proxy.
    'db1.c0ffee.eu-west-1.rds.amazonaws.com',
    'px.proxy-c0ffee.eu-west-1.rds.amazonaws.com',
    'eu-west-1.sql.xata.sh',
    'accelerate.prisma-data.net',
    'pg-replica-iad.internal',
    'db.abcdref.supabase.co',
  ])('%s: none of them', (host) => {
    expect(sleepingServiceOf(host)).toBeNull();
    expect(sleepsAfterMs(host)).toBeNull();
  });
});

const NEON =
  'Neon: it sleeps after 5 minutes without traffic, unless that is switched off; one run a minute never lets it sleep, which costs compute time around the clock';

test('`config` says it of each target', () => {
  const { targets } = describeConfig(loadConfig({ DB_HOST: 'ep-a.aws.neon.tech' }));
  expect(targets).toMatchObject([{ sleeping_service: NEON }]);
  const others = describeConfig(loadConfig({ DB_HOST: 'db.example.com' })).targets;
  expect(others).toMatchObject([{ sleeping_service: null }]);
});

test('the log of a backend says it once, at the start', async () => {
  // Nothing is measured, so that no name is looked up.
  const env = { DB_HOST: 'ep-a.aws.neon.tech', SCHEDULE: '0 0 1 1 *' };
  const backend = await startTestBackend(env);
  await backend.close();
  const lines = backend.logs.filter(({ msg }) => String(msg).startsWith('Neon'));
  expect(lines).toMatchObject([{ level: 40, target: 'primary', msg: NEON }]);
});
