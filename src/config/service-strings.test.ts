import { describe, expect, test } from 'vitest';
import { configProblemText as problemsOf } from '../../test/helpers/config-problems.js';
import { loadConfig } from './config.js';
import { describeConfig } from './describe-config.js';

/** What `pglatency config` says of the one target. */
function described(url: string) {
  const [target] = describeConfig(loadConfig({ DATABASE_URL: url })).targets;
  if (target === undefined) throw new Error('there is no target');
  return target;
}

const PLAIN = 'no TLS';
const PREFERRED = 'TLS where the server has it, certificate not checked';
const REQUIRED = 'TLS required, certificate not checked';
const AWS = "TLS required, certificate checked against AWS RDS's authorities, name";
const SYSTEM = /^TLS required, certificate checked against (?:the system's|Node's own) .*, name /;

const NEON = 'ep-quiet-lake-a1b2c3d4.eu-central-1.aws.neon.tech';
const RDS = 'db1.c0ffee.eu-west-1.rds.amazonaws.com';
const HEROKU = 'ec2-203-0-113-9.eu-west-1.compute.amazonaws.com';
const DIGITALOCEAN = 'db-postgresql-fra1-12345-do-user-1-0.b.db.ondigitalocean.com';
const COCKROACH = 'name-123.abc.aws-eu-central-1.cockroachlabs.cloud';

interface Row {
  readonly service: string;
  readonly string: string;
  /** user@host:port/database */
  readonly leads: string;
  readonly tls: string | RegExp;
  /** What else `config` says. */
  readonly more?: object;
}

/** The string that each service shows: CONNECTIONS part 1. */
const ROWS: readonly Row[] = [
  {
    service: 'Neon',
    string: `postgresql://app:PW@${NEON}/appdb?sslmode=require&channel_binding=require`,
    leads: `app@${NEON}:5432/appdb`,
    tls: REQUIRED,
    more: {
      channel_binding: 'require',
      sleeping_service: expect.stringContaining('Neon: ') as string,
    },
  },
  {
    service: 'Neon, pooled',
    string: `postgresql://app:PW@ep-quiet-lake-a1b2c3d4-pooler.eu-central-1.aws.neon.tech/appdb?sslmode=require&options=endpoint%3Dep-quiet-lake`,
    leads: 'app@ep-quiet-lake-a1b2c3d4-pooler.eu-central-1.aws.neon.tech:5432/appdb',
    tls: REQUIRED,
  },
  {
    service: 'Supabase direct',
    string: 'postgresql://postgres:PW@db.abcdref.supabase.co:5432/postgres',
    leads: 'postgres@db.abcdref.supabase.co:5432/postgres',
    tls: PREFERRED,
  },
  {
    service: 'Supabase session pooler',
    string: 'postgres://postgres.abcdref:PW@aws-0-eu-west-1.pooler.supabase.com:5432/postgres',
    leads: 'postgres.abcdref@aws-0-eu-west-1.pooler.supabase.com:5432/postgres',
    tls: PREFERRED,
  },
  {
    service: 'Supabase transaction pooler, for Vercel',
    string:
      'postgres://postgres.abcdref:PW@aws-0-eu-west-1.pooler.supabase.com:6543/postgres?sslmode=require&supa=base-pooler.x',
    leads: 'postgres.abcdref@aws-0-eu-west-1.pooler.supabase.com:6543/postgres',
    tls: REQUIRED,
    more: { left_out: ['supa'] },
  },
  {
    service: 'Supabase transaction pooler, for Prisma',
    string:
      'postgres://postgres.abcdref:PW@aws-1-eu-west-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1',
    leads: 'postgres.abcdref@aws-1-eu-west-1.pooler.supabase.com:6543/postgres',
    tls: PREFERRED,
    more: { pooler: true, left_out: ['connection_limit'] },
  },
  {
    service: 'Amazon RDS',
    string: `host=${RDS} port=5432 user=app dbname=app sslmode=verify-full`,
    leads: `app@${RDS}:5432/app`,
    tls: `${AWS} ${RDS}`,
  },
  {
    service: 'Aurora',
    string:
      'postgresql://app:PW@cl.cluster-ro-c0ffee.eu-west-1.rds.amazonaws.com/app?sslmode=verify-full',
    leads: 'app@cl.cluster-ro-c0ffee.eu-west-1.rds.amazonaws.com:5432/app',
    tls: `${AWS} cl.cluster-ro-c0ffee.eu-west-1.rds.amazonaws.com`,
    more: { sleeping_service: expect.stringContaining('Aurora: ') as string },
  },
  {
    service: 'RDS IAM',
    string: `postgresql://app:${encodeURIComponent(`${RDS}:5432/?Action=connect&DBUser=app&X-Amz-Signature=0a`)}@${RDS}:5432/app?sslmode=verify-full`,
    leads: `app@${RDS}:5432/app`,
    tls: `${AWS} ${RDS}`,
    more: { password: 'set' },
  },
  {
    service: 'RDS Proxy',
    string:
      'postgresql://app:PW@px.proxy-c0ffee.eu-west-1.rds.amazonaws.com/app?sslmode=verify-full',
    leads: 'app@px.proxy-c0ffee.eu-west-1.rds.amazonaws.com:5432/app',
    tls: SYSTEM,
  },
  {
    service: 'Azure flexible server',
    string: 'host=srv.postgres.database.azure.com port=5432 user=app dbname=app sslmode=require',
    leads: 'app@srv.postgres.database.azure.com:5432/app',
    tls: REQUIRED,
  },
  {
    service: 'Azure flexible server, an Entra name, its pooler',
    string:
      'postgresql://me%40example.com:PW@srv.postgres.database.azure.com:6432/app?sslmode=verify-full',
    leads: 'me@example.com@srv.postgres.database.azure.com:6432/app',
    tls: SYSTEM,
  },
  {
    service: 'Cloud SQL, socket',
    string: 'host=/cloudsql/proj:europe-west1:inst user=app dbname=app',
    leads: 'app@/cloudsql/proj:europe-west1:inst:5432/app',
    tls: 'no TLS: a Unix socket',
  },
  {
    service: 'Cloud SQL, socket in a URL',
    string: 'postgres://app:PW@/app?host=/cloudsql/proj:europe-west1:inst',
    leads: 'app@/cloudsql/proj:europe-west1:inst:5432/app',
    tls: 'no TLS: a Unix socket',
  },
  {
    service: 'Cloud SQL, address',
    string: 'postgresql://app:PW@203.0.113.9/app?sslmode=require',
    leads: 'app@203.0.113.9:5432/app',
    tls: REQUIRED,
  },
  {
    service: 'AlloyDB, auth proxy',
    string: 'postgresql://app:PW@127.0.0.1:5432/app?sslmode=disable',
    leads: 'app@127.0.0.1:5432/app',
    tls: PLAIN,
  },
  {
    service: 'AlloyDB, address, its pooler',
    string: 'host=10.1.2.3 port=6432 user=app dbname=app sslmode=require',
    leads: 'app@10.1.2.3:6432/app',
    tls: REQUIRED,
  },
  {
    service: 'Heroku',
    string: `postgres://u1:p1@${HEROKU}:5432/d1`,
    leads: `u1@${HEROKU}:5432/d1`,
    tls: PREFERRED,
  },
  {
    service: 'DigitalOcean',
    string: `postgresql://doadmin:PW@${DIGITALOCEAN}:25060/defaultdb?sslmode=require`,
    leads: `doadmin@${DIGITALOCEAN}:25060/defaultdb`,
    tls: REQUIRED,
  },
  {
    service: 'Aiven',
    string: 'postgres://avnadmin:PW@pg1-proj.a.aivencloud.com:12345/defaultdb?sslmode=require',
    leads: 'avnadmin@pg1-proj.a.aivencloud.com:12345/defaultdb',
    tls: REQUIRED,
  },
  {
    service: 'Tiger Cloud',
    string: 'postgres://tsdbadmin@abc.def.tsdb.cloud.timescale.com:31234/tsdb?sslmode=require',
    leads: 'tsdbadmin@abc.def.tsdb.cloud.timescale.com:31234/tsdb',
    tls: REQUIRED,
    more: { password: 'not set' },
  },
  {
    service: 'Crunchy Bridge',
    string: 'postgres://application:PW@p.abc123.db.postgresbridge.com:5432/postgres',
    leads: 'application@p.abc123.db.postgresbridge.com:5432/postgres',
    tls: PREFERRED,
  },
  {
    service: 'Fly Managed Postgres',
    string: 'postgresql://fly-user:PW@pgbouncer.CLUSTER.flympg.net/fly-db',
    leads: 'fly-user@pgbouncer.CLUSTER.flympg.net:5432/fly-db',
    tls: PREFERRED,
  },
  {
    service: 'Fly, legacy',
    string: 'postgres://app:PW@app-db.flycast:5432/app?sslmode=disable',
    leads: 'app@app-db.flycast:5432/app',
    tls: PLAIN,
    more: { sleeping_service: expect.stringContaining('Fly Postgres: ') as string },
  },
  {
    service: 'Fly, legacy, the replica',
    string: 'postgres://app:PW@app-db.internal:5433/app?sslmode=disable',
    leads: 'app@app-db.internal:5433/app',
    tls: PLAIN,
  },
  {
    service: 'Render, inside',
    string: 'postgresql://app:PW@dpg-abc-a/app',
    leads: 'app@dpg-abc-a:5432/app',
    tls: PREFERRED,
  },
  {
    service: 'Render, outside',
    string: 'postgresql://app:PW@dpg-abc-a.frankfurt-postgres.render.com/app',
    leads: 'app@dpg-abc-a.frankfurt-postgres.render.com:5432/app',
    tls: PREFERRED,
  },
  {
    service: 'Railway, inside',
    string: 'postgresql://postgres:PW@postgres.railway.internal:5432/railway',
    leads: 'postgres@postgres.railway.internal:5432/railway',
    tls: PREFERRED,
    more: { sleeping_service: expect.stringContaining('Railway: ') as string },
  },
  {
    service: 'Railway, public',
    string: 'postgresql://postgres:PW@shortline.proxy.rlwy.net:12345/railway',
    leads: 'postgres@shortline.proxy.rlwy.net:12345/railway',
    tls: PREFERRED,
  },
  {
    service: 'Prisma Postgres',
    string: 'postgres://USER:sk_x@db.prisma.io:5432/?sslmode=require',
    leads: 'USER@db.prisma.io:5432/USER',
    tls: REQUIRED,
    more: { sleeping_service: expect.stringContaining('Prisma Postgres: ') as string },
  },
  {
    service: 'PlanetScale',
    string:
      'postgresql://postgres.abc123:PW@eu-central-1.pg.psdb.cloud:5432/postgres?sslmode=verify-full&sslrootcert=system',
    leads: 'postgres.abc123@eu-central-1.pg.psdb.cloud:5432/postgres',
    tls: SYSTEM,
  },
  {
    service: 'PlanetScale, direct TLS, a replica',
    string:
      'postgresql://postgres.abc123%7Creplica:PW@eu-central-1.pg.psdb.cloud:5432/postgres?sslmode=verify-full&sslrootcert=system&sslnegotiation=direct',
    leads: 'postgres.abc123|replica@eu-central-1.pg.psdb.cloud:5432/postgres',
    tls: /, name eu-central-1\.pg\.psdb\.cloud, begun without asking \(direct\)$/,
  },
  {
    service: 'Xata, old',
    string: 'postgresql://ws12:xau_KEY@eu-west-1.sql.xata.sh/db:main?sslmode=require',
    leads: 'ws12@eu-west-1.sql.xata.sh:5432/db:main',
    tls: REQUIRED,
    more: { sleeping_service: null },
  },
  {
    service: 'Xata, new',
    string: 'postgresql://xata:PW@main-rw.eu-central-1.xata.sh/app?sslmode=require',
    leads: 'xata@main-rw.eu-central-1.xata.sh:5432/app',
    tls: REQUIRED,
    more: { sleeping_service: expect.stringContaining('Xata: ') as string },
  },
  {
    service: 'CockroachDB Cloud',
    string: `postgresql://app:PW@${COCKROACH}:26257/defaultdb?sslmode=verify-full`,
    leads: `app@${COCKROACH}:26257/defaultdb`,
    tls: SYSTEM,
    more: { sleeping_service: expect.stringContaining('CockroachDB Cloud: ') as string },
  },
  {
    service: 'CockroachDB Cloud, older',
    string: `postgresql://app:PW@${COCKROACH}:26257/defaultdb?sslmode=verify-full&options=--cluster%3Dname-123`,
    leads: `app@${COCKROACH}:26257/defaultdb`,
    tls: SYSTEM,
  },
  {
    service: 'YugabyteDB Aeon, for a smart driver',
    string:
      'postgresql://admin:PW@eu-central-1.0a1b.aws.ybdb.io:5433/yugabyte?sslmode=require&load_balance=true',
    leads: 'admin@eu-central-1.0a1b.aws.ybdb.io:5433/yugabyte',
    tls: REQUIRED,
    more: { left_out: ['load_balance'] },
  },
  {
    service: 'Docker',
    string: 'postgres://postgres:PW@localhost:5432/postgres',
    leads: 'postgres@localhost:5432/postgres',
    tls: PREFERRED,
  },
  {
    service: 'Docker, compose',
    string: 'postgres://postgres:PW@my_db:5432/postgres',
    leads: 'postgres@my_db:5432/postgres',
    tls: PREFERRED,
  },
  {
    service: 'Debian, the socket',
    string: 'postgresql:///app?host=/var/run/postgresql&user=app',
    leads: 'app@/var/run/postgresql:5432/app',
    tls: 'no TLS: a Unix socket',
  },
  {
    service: 'Patroni',
    string: 'postgresql://app:PW@pg1:5432,pg2:5433,pg3/app?target_session_attrs=read-write',
    leads: 'app@pg1:5432/app',
    tls: PREFERRED,
    more: {
      target_session_attrs: 'read-write',
      hosts: ['pg1:5432', 'pg2:5433', 'pg3:5432'].map((host) => ({ host, tls: PREFERRED })),
    },
  },
];

test.each(ROWS)('$service', ({ string, leads, tls, more = {} }) => {
  const target = described(string);
  const { user, host, port, database } = target;
  expect(`${user}@${host}:${port}/${database}`).toBe(leads);
  expect(target.tls).toMatch(tls);
  expect({ left_out: null, ...target }).toMatchObject({ left_out: null, pooler: false, ...more });
  expect(JSON.stringify(target)).not.toMatch(/PW|sk_x|xau_KEY|X-Amz/);
});

test('RDS: the bundle that AWS tells people to download is not needed, and taken where it is named', () => {
  const text = problemsOf({
    DATABASE_URL: `host=${RDS} user=app sslmode=verify-full sslrootcert=global-bundle.pem`,
  });
  expect(text).toContain('DATABASE_URL sslrootcert');
  expect(text).toContain('ENOENT');
});

describe('what is no PostgreSQL, or cannot be read, is refused with what to use', () => {
  test.each([
    ['Prisma Accelerate', 'prisma+postgres://accelerate.prisma-data.net/?api_key=PW', 'DIRECT_URL'],
    ['Prisma, local', 'prisma+postgres://localhost:51213/?api_key=PW', 'DIRECT_URL'],
    ['JDBC', 'jdbc:postgresql://h/d?user=u&password=PW', 'remove jdbc:'],
    [
      'an IAM token that is not encoded',
      `postgresql://app:${RDS}:5432/?Action=connect&PW@${RDS}/app`,
      '% as %25',
    ],
  ])('%s', (_, url, expected) => {
    const problems = problemsOf({ DATABASE_URL: url });
    expect(problems).toContain(expected);
    expect(problems).not.toContain('PW');
  });
});
