import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configProblemText as problemsOf } from '../../test/helpers/config-problems.js';
import { loadConfig } from './config.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-names-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Variables = Record<string, string>;

function primaryOf(env: Variables) {
  return loadConfig(env).targets[0];
}

const NEON = 'ep-quiet-lake-a1b2c3d4.eu-central-1.aws.neon.tech';

/** The string that each service shows. */
describe('a string that a service shows', () => {
  test.each<[string, object]>([
    [
      `postgresql://app:PW@${NEON}/appdb?sslmode=require&channel_binding=require`,
      {
        host: NEON,
        port: 5432,
        user: 'app',
        password: 'PW',
        database: 'appdb',
        isBindingRequired: true,
        tls: { mode: 'require' },
      },
    ],
    [
      'postgresql://app:PW@h/d?options=endpoint%3Dep-quiet-lake',
      { startupOptions: 'endpoint=ep-quiet-lake' },
    ],
    ['postgresql://postgres:PW@db.abcdref.supabase.co:5432/postgres', { tls: { mode: 'prefer' } }],
    [
      'postgres://postgres.abcdref:PW@aws-0-eu-west-1.pooler.supabase.com:6543/postgres?sslmode=require&supa=base-pooler.x',
      { user: 'postgres.abcdref', port: 6543, pooler: false, tls: { mode: 'require' } },
    ],
    ['postgres://u.p:PW@h:6543/postgres?pgbouncer=true&connection_limit=1', { pooler: true }],
    [
      'host=srv.postgres.database.azure.com port=5432 user=app dbname=app sslmode=require',
      { host: 'srv.postgres.database.azure.com', tls: { mode: 'require' } },
    ],
    [
      'host=db1.c0ffee.eu-west-1.rds.amazonaws.com user=app dbname=app sslmode=verify-full',
      { tls: { mode: 'verify-full', caOrigin: "AWS RDS's authorities" } },
    ],
    [
      'host=/cloudsql/proj:europe-west1:inst user=app dbname=app',
      { host: '/cloudsql/proj:europe-west1:inst', tls: { mode: 'disable' } },
    ],
    [
      'postgres://u1:p1@ec2-203-0-113-9.eu-west-1.compute.amazonaws.com:5432/d1',
      { database: 'd1' },
    ],
    [
      'postgresql://doadmin:PW@db-postgresql-fra1-12345-do-user-1-0.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require',
      { port: 25_060 },
    ],
    ['postgres://avnadmin:PW@pg1-proj.a.aivencloud.com:12345/defaultdb?sslmode=require', {}],
    [
      'postgres://tsdbadmin@abc.def.tsdb.cloud.timescale.com:31234/tsdb?sslmode=require',
      { password: null },
    ],
    ['postgres://application:PW@p.abc123.db.postgresbridge.com:5432/postgres', {}],
    ['postgresql://fly-user:PW@pgbouncer.CLUSTER.flympg.net/fly-db', { user: 'fly-user' }],
    ['postgres://app:PW@app-db.flycast:5432/app?sslmode=disable', { tls: { mode: 'disable' } }],
    ['postgresql://app:PW@dpg-abc-a/app', { host: 'dpg-abc-a' }],
    ['postgresql://postgres:PW@shortline.proxy.rlwy.net:12345/railway', { port: 12_345 }],
    ['postgres://USER:sk_x@db.prisma.io:5432/?sslmode=require', { database: 'USER' }],
    [
      'postgresql://postgres.abc123:PW@eu-central-1.pg.psdb.cloud:5432/postgres?sslmode=verify-full&sslrootcert=system&sslnegotiation=direct',
      { tls: { mode: 'verify-full', negotiation: 'direct' } },
    ],
    ['postgresql://role.branch%7Creplica:PW@h/d', { user: 'role.branch|replica' }],
    [
      'postgresql://ws12:xau_KEY@eu-west-1.sql.xata.sh/db:main?sslmode=require',
      { database: 'db:main' },
    ],
    [
      'postgresql://app:PW@name-123.abc.aws-eu-central-1.cockroachlabs.cloud:26257/defaultdb?sslmode=verify-full&options=--cluster%3Dname-123',
      { tls: { mode: 'verify-full' }, startupOptions: '--cluster=name-123' },
    ],
    ['postgres://postgres:PW@some_service:5432/postgres', { host: 'some_service' }],
    ['postgresql://u@h/d?hostaddr=192.0.2.1', { host: '192.0.2.1', tls: { servername: 'h' } }],
    ['postgresql://u@h/d?target_session_attrs=read-write', {}],
  ])('%s', (url, expected) => {
    expect(primaryOf({ DATABASE_URL: url })).toMatchObject({ name: 'primary', ...expected });
  });
});

describe('a string that is refused', () => {
  test.each<[string, string]>([
    ['service=prod', 'the name of a service in pg_service.conf'],
    ['postgresql:///?service=prod', 'the name of a service in pg_service.conf'],
    ['prisma+postgres://accelerate.prisma-data.net/?api_key=hidden', 'direct connection string'],
    ['postgres://u:hidden@h/d?sslmode=allow', 'prefer, which begins with TLS'],
    ['postgres://u:hidden@h/d?sslmode=Require', 'one of disable'],
    ['postgres://u:hidden@h/d?sslmode=no-verify', 'require, which checks no certificate'],
    ['postgres://u:hidden@h/d?ssl=1', 'nobody knows'],
    ['postgres://u:hidden@h/d?sslmode=verify-ca&sslrootcert=system', 'system needs verify-full'],
    ['postgres://u:hidden@h/d?sslmode=require&sslrootcert=system', 'checks no certificate'],
    ['postgres://u:hidden@h/d?sslmode=verify-ca', 'a file of authorities'],
    ['postgres://u:hidden@db.x.supabase.co/d?sslmode=verify-full', "Supabase's own authority"],
    ['postgres://u:hidden@h/d?sslnegotiation=direct', 'direct needs require'],
    ['postgres://u:hidden@h/d?sslnegotiation=x', 'one of postgres, direct'],
    ['postgres://u:hidden@h/d?channel_binding=x', 'one of disable'],
    ['postgres://u:hidden@h/d?channel_binding=require&sslmode=disable', 'without TLS'],
    ['postgres://u:hidden@h/d?target_session_attrs=standby', 'mode: read-only'],
    ['postgres://u:hidden@h/d?target_session_attrs=x', 'one of any'],
    ['postgres://u:hidden@h/d?connect_timeout=x', 'a whole number'],
    ['postgres://u:hidden@h/d?keepalives_idle=x', 'a whole number'],
    ['postgres://u:hidden@h/d?load_balance_hosts=x', 'disable or random'],
    ['postgres://u:hidden@h/d?sslcrl=x', 'revocation'],
    ['postgres://u:hidden@h/d?sslpassword=hidden', 'unencrypted'],
    ['postgres://u:hidden@h/d?sslsni=0', 'always sent'],
    ['postgres://u:hidden@h/d?ssl_min_protocol_version=x', 'TLSv1.2'],
    ['postgres://u:hidden@h/d?gssencmode=require', 'GSSAPI'],
    ['postgres://u:hidden@h/d?replication=database', 'no value'],
    ['postgres://u:hidden@h/d?sslaccept=strict', 'sslmode=verify-full'],
    ['postgres://u:hidden@h/d?sslcert=/nowhere', 'set both or none'],
    ['postgres://u:hidden@h/d?passfile=/nowhere', 'none'],
    ['postgres://u@h/d?passfile=/nowhere', 'a password file that can be used (ENOENT'],
    ['postgres://u:hidden@h:0/d', 'from 1 to 65535'],
    ['postgres://u:hid/den@h', 'one @'],
    ['postgres://u:hidden@h/d?sslmod=require', 'DATABASE_URL sslmod: expected one of libpq'],
    ['::1:5432', 'begins with neither'],
  ])('%s', (url, expected) => {
    const problems = problemsOf({ DATABASE_URL: url });
    expect(problems).toContain(expected);
    expect(problems).not.toMatch(/hid\/?den/);
  });
});

describe('precedence', () => {
  test('the URL over PG*, which fill in what it leaves out', () => {
    const env = { DATABASE_URL: 'postgres://h/d', PGHOST: 'no', PGUSER: 'u', PGPASSWORD: 'p' };
    expect(primaryOf(env)).toMatchObject({ host: 'h', user: 'u', password: 'p', database: 'd' });
  });

  test('DB_* fill in what the URL leaves out, and over PG* they hold', () => {
    const env = { DATABASE_URL: 'postgres://u@h/d', DB_PASSWORD: 'p', PGPASSWORD: 'q' };
    expect(primaryOf(env)).toMatchObject({ user: 'u', password: 'p' });
    expect(primaryOf({ PGHOST: 'h', PGUSER: 'q', DB_USER: 'u' })).toMatchObject({ user: 'u' });
  });

  test('a URL and DB_* that disagree are a problem that names both, and no value', () => {
    const env = { DATABASE_URL: 'postgres://u:hidden@h/d', DB_PASSWORD: 'hidden2', DB_HOST: 'h2' };
    expect(problemsOf(env).split('\n').slice(1)).toEqual([
      '  DB_HOST: expected what DATABASE_URL says, or no value: the two disagree about host',
      '  DB_PASSWORD: expected what DATABASE_URL says, or no value: the two disagree about password',
    ]);
    expect(problemsOf({ DATABASE_URL: 'postgres://u@h/d', DB_HOST: 'h' })).toBe('none');
  });

  test('PGHOST is a database, with libpq’s defaults', () => {
    expect(primaryOf({ PGHOST: 'h', PGUSER: 'u' })).toMatchObject({
      ...{ host: 'h', port: 5432, user: 'u', database: 'u', password: null },
      tls: { mode: 'prefer' },
    });
    expect(problemsOf({ PGSERVICE: 'prod' })).toContain(
      'PGSERVICE: expected the name of a service in pg_service.conf (there is no pg_service.conf)',
    );
    expect(loadConfig({ PGUSER: 'u' }).targets).toEqual([]);
  });
});

describe('the password file', () => {
  const passfile = (text: string, mode = 0o600) => {
    const file = join(folder, 'pgpass');
    writeFileSync(file, text);
    chmodSync(file, mode);
    return { PGHOST: 'h', PGUSER: 'u', PGPASSFILE: file };
  };

  test.each([
    ['h:5432:u:u:secret', 'secret'],
    ['# h:5432:u:u:no\nh:1:*:*:no\n*:*:*:u:secret', 'secret'],
    [String.raw`h:*:*:*:a\:b\\c`, String.raw`a:b\c`],
    ['h:*:*:other:no', null],
    ['', null],
  ])('%j', (text, password) => {
    expect(primaryOf(passfile(text))?.password).toBe(password);
  });

  test('one that others can read is not used', () => {
    expect(problemsOf(passfile('h:*:*:*:hidden', 0o644))).toContain('chmod 600');
  });

  test('the one in the home folder is found', () => {
    writeFileSync(join(folder, '.pgpass'), '*:*:*:*:secret', { mode: 0o600 });
    expect(primaryOf({ PGHOST: 'h', HOME: folder })?.password).toBe('secret');
  });
});

test('a file holds the URL, with the line break of an editor', () => {
  const file = join(folder, 'url');
  writeFileSync(file, 'postgres://u:p@h/d\n');
  expect(primaryOf({ DATABASE_URL_FILE: file })).toMatchObject({ database: 'd', password: 'p' });
  expect(problemsOf({ DATABASE_URL_FILE: '/nowhere' })).toContain('ENOENT');
});
