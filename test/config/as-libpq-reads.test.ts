import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { ConfigError } from '../../src/base/errors.js';
import { loadConfig } from '../../src/config/config.js';
import { createConnector } from '../../src/probe/connection/connector.js';
import {
  startStartupRecorder,
  type Startup,
  type StartupRecorder,
} from '../helpers/startup-recorder.js';
import { requireTool } from '../helpers/tools.js';

/**
 * Each string goes to psql and to this project's own connection, and what both of them say to one server is compared:
 * socket or TCP, TLS or none, user, database, options and password.
 */

/** Where Debian's libpq looks for a server when no host is named. */
const USUAL_FOLDER = '/var/run/postgresql';

let folder: string;
let recorder: StartupRecorder;
let hasUsualFolder = true;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-libpq-'));
  try {
    accessSync(USUAL_FOLDER, constants.W_OK);
  } catch {
    hasUsualFolder = false;
  }
  recorder = await startStartupRecorder([folder, ...(hasUsualFolder ? [USUAL_FOLDER] : [])]);
  writeFileSync(
    join(folder, '.pgpass'),
    `#\nnobody:*:*:*:no\n127.0.0.1:${recorder.port}:d\\:e:*:by\\:file\nlocalhost:${recorder.port}:*:*:socket\n${folder}:*:*:*:folder\n`,
    { mode: 0o600 },
  );
  writeFileSync(
    join(folder, '.pg_service.conf'),
    `# a comment\n[other]\nuser=no\n[prod]\nhost=127.0.0.1\nport=${recorder.port}\nuser=served\npassword=p=w\nuser=late\n`,
  );
});

afterAll(async () => {
  await recorder.close();
  rmSync(folder, { recursive: true, force: true });
});

/** %P: the port; %D: the socket's folder, %E: the same, encoded. */
const fill = (text: string) =>
  text
    .replaceAll('%P', String(recorder.port))
    .replaceAll('%D', folder)
    .replaceAll('%E', encodeURIComponent(folder));

type Variables = Readonly<Record<string, string>>;

async function saidByPsql(text: string, variables: Variables): Promise<Startup | null> {
  recorder.take();
  const psql = spawn('psql', ['-XAtw', '-d', text, '-c', 'SELECT 1'], {
    env: { PATH: process.env.PATH, HOME: folder, ...variables },
    stdio: 'ignore',
  });
  await new Promise((resolve) => psql.once('close', resolve));
  return recorder.take();
}

/** Null, where the string is refused. */
async function saidByUs(text: string, variables: Variables): Promise<Startup | null> {
  recorder.take();
  const connector = createConnector({ program: 'pglatency/test', note: () => undefined });
  try {
    const env = { DATABASE_URL: text, HOME: folder, ...variables };
    const [target] = loadConfig(env).targets;
    if (target === undefined) return null;
    await connector.open(target, 'request', AbortSignal.timeout(5_000)).catch(() => undefined);
    const said = recorder.take();
    // An option that is not given is an empty one.
    return said && { ...said, options: said.options === '' ? null : said.options };
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  } finally {
    connector.close();
  }
}

async function both(context: TestContext, pattern: string, variables: Variables = {}) {
  requireTool(context, 'psql', 'postgresql-client');
  const text = fill(pattern);
  const set = Object.fromEntries(Object.entries(variables).map(([name, it]) => [name, fill(it)]));
  return { psql: await saidByPsql(text, set), ours: await saidByUs(text, set) };
}

const IAM = 'db1.example.com:5432/?Action=connect&DBUser=app&X-Amz-Signature=0a';

describe('as libpq reads it', () => {
  test.for([
    'postgresql://u:p%2Fw%40rd%3A%25%231@127.0.0.1:%P/app',
    'postgres://u:p@127.0.0.1:%P/app',
    'postgresql://a.b%40c%7Cx:p@127.0.0.1:%P/app',
    'postgresql://a.b|x:p@127.0.0.1:%P/app',
    'postgresql://u:p?#x@127.0.0.1:%P/d',
    `postgresql://app:${encodeURIComponent(IAM)}@127.0.0.1:%P/app`,
    'postgresql://u:@127.0.0.1:%P/d%3Ae',
    'postgresql://u:p@127.0.0.1:%P/my%20db',
    'postgresql://u:p@127.0.0.1:%P/d%2Fe',
    'postgresql://u:p@127.0.0.1:%P',
    'postgresql://u:p@127.0.0.1:%P/',
    'postgresql://u:p@127.0.0.1:%P/db:main',
    'postgresql://127.0.0.1:%P/d?user=x&password=y',
    'postgresql://u:p@127.0.0.1:1/d?port=%P&dbname=e&user=x&password=y',
    'postgresql://u:p@[::1]:1/d?host=127.0.0.1&port=%P',
    'postgresql://u:p@name.invalid:%P/d?hostaddr=127.0.0.1',
    'postgresql://u:p@127.0.0.4:%P,127.0.0.1:%P/d',
    'postgresql://u:p@127.0.0.4,127.0.0.1/d?port=%P',
    'postgresql://u:p@127.0.0.4:1,127.0.0.1:%P/d?target_session_attrs=any',
    'host=127.0.0.4,127.0.0.1 port=1,%P user=u password=p dbname=d',
    'host=a.invalid,b.invalid hostaddr=127.0.0.4,127.0.0.1 port=%P user=u password=p',
    'postgresql://u:p@127.0.0.1:%P/d?sslmode=disable',
    'postgresql://u:p@127.0.0.1:%P/d?sslmode=prefer',
    'postgresql://u:p@127.0.0.1:%P/d?sslmode=require',
    'postgresql://u:p@127.0.0.1:%P/d?ssl=true',
    'postgresql://u:p@127.0.0.1:%P/d?channel_binding=require&sslmode=require',
    'postgresql://u:p@127.0.0.1:%P/d?channel_binding=prefer',
    'postgresql://u:p@127.0.0.1:%P/d?options=-c%20statement_timeout%3D5s',
    'postgresql://u:p@127.0.0.1:%P/d?options=-c+statement_timeout%3D5s',
    'postgresql://u:p@127.0.0.1:%P/d?options=endpoint%3Dep-x',
    'postgresql://u:p@127.0.0.1:%P/d?options=a&options=--cluster%3Dname-123',
    'postgresql://u:p@127.0.0.1:%P/d?application_name=a+b&connect_timeout=5&keepalives=1',
    'postgresql:///app?host=%D&port=%P&user=u&password=p',
    'postgresql://u:p@/app?host=%D&port=%P',
    'postgresql://u:p@%E:%P/app',
    'postgresql://u@%E:%P/app?sslmode=require',
    'host=127.0.0.1 port=%P user=u password=p dbname=d',
    "host = 127.0.0.1 port='%P' user=u password='a \\' b\\\\' dbname=d\\ e",
    'host=127.0.0.1 port=%P user=u password= dbname=d:e',
    'host=%D port=%P user=u dbname=d',
    'service=prod',
    'service=prod user=u dbname=d',
    'postgresql:///?service=prod',
    'postgresql://u@/d?service=prod&password=x',
  ])('%s', async (pattern, context) => {
    const { psql, ours } = await both(context, pattern);
    expect(psql).not.toBeNull();
    expect(ours).toEqual(psql);
  });

  test.for([
    'postgresql://u:p@:%P/app',
    'postgresql://u:p@/app?port=%P',
    'port=%P user=u dbname=d',
    'port=%P dbname=d',
    'postgresql:///d?port=%P',
  ])('without a host: %s', async (pattern, context) => {
    if (!hasUsualFolder) {
      console.warn(`\n*** SKIPPED: ${USUAL_FOLDER} is not there, or not ours to write to ***\n`);
      context.skip();
    }
    const { psql, ours } = await both(context, pattern);
    expect(psql).toMatchObject({ way: 'socket' });
    expect(ours).toEqual(psql);
  });

  test.for<[string, Variables]>([
    ['dbname=d', { PGHOST: '127.0.0.1', PGPORT: '%P', PGUSER: 'u', PGPASSWORD: 'p' }],
    ['dbname=d', { PGHOST: '127.0.0.4,127.0.0.1', PGPORT: '1,%P', PGUSER: 'u', PGPASSWORD: 'p' }],
    ['dbname=d', { PGHOST: '127.0.0.4,127.0.0.1', PGPORT: '%P', PGUSER: 'u', PGPASSWORD: 'p' }],
    ['host=x.invalid port=%P dbname=d', { PGHOSTADDR: '127.0.0.1', PGUSER: 'u', PGPASSWORD: 'p' }],
    ['postgresql://u@127.0.0.1:%P/d', { PGPASSWORD: 'p', PGDATABASE: 'no', PGSSLMODE: 'disable' }],
    ['postgresql://u@127.0.0.1:%P', { PGPASSWORD: 'p', PGDATABASE: 'by-variable' }],
    ['postgresql://u@127.0.0.1:%P/d', { PGPASSWORD: 'p', PGOPTIONS: '-c geqo=off' }],
    ['postgresql://u@/d', { PGSERVICE: 'prod', PGPORT: '1' }],
    ['postgresql://u@127.0.0.1:%P/d', { PGPASSFILE: '/nowhere', PGPASSWORD: 'p' }],
  ])('%s with %o', async ([pattern, variables], context) => {
    const { psql, ours } = await both(context, pattern, variables);
    expect(psql).not.toBeNull();
    expect(ours).toEqual(psql);
  });

  test.for([
    'postgresql://u:p/w@rd:%#1@127.0.0.1:%P/app',
    'postgresql://u:p@w@127.0.0.1:%P/app',
    'postgresql://u:100%@127.0.0.1:%P/app',
    `postgresql://app:${IAM}@127.0.0.1:%P/app`,
    'postgresql://a@b:p@127.0.0.1:%P/app',
    'postgresql://u:p@127.0.0.1:%P/d?ssl=1',
    'postgresql://u:p@127.0.0.1:%P/d?sslmode=Require',
    'postgresql://u:p@127.0.0.1:%P/d?sslmode=no-verify',
    'postgresql://u:p@127.0.0.1:%P/d?hots=x',
    'postgresql://u:p@127.0.0.1:%P/d?a',
    'postgresql://u:p@127.0.0.1:%P/d?a=b=c',
    'postgresql://u:p@127.0.0.1:x/d',
    'postgresql://u:p@127.0.0.1:0/d',
    'postgresql://u:p@127.0.0.1:%P/d?target_session_attrs=x',
    'postgresql://u:p@127.0.0.1:%P/d?channel_binding=x',
    'postgresql://u:p@127.0.0.1:%P/d?connect_timeout=x',
    'postgresql://u:p@h1,127.0.0.1:%P/d?hostaddr=127.0.0.1',
    'postgresql://u:p@127.0.0.1/d?port=%P,%P',
    'postgresql://u:p@::1:%P/d',
    'postgresql://u:p@[::1/d',
    'postgresql://u:p@[]:%P/d',
    'postgresql://u:p@[::1]x/d',
    'postgresql://u:p@127.0.0.1:%P/d%00',
    'host=127.0.0.1 port=%P user=u password=p w dbname=d',
    "host=127.0.0.1 port=%P user='u",
    'host=127.0.0.1 port=%P hots=u',
    'service=nowhere',
    'jdbc:postgresql://127.0.0.1:%P/d?user=u&password=p',
    'postgresql+psycopg://u:p@127.0.0.1:%P/d',
    'cockroachdb://u:p@127.0.0.1:%P/d',
    'POSTGRES://u:p@127.0.0.1:%P/d',
    'prisma+postgres://127.0.0.1:%P/?api_key=x',
    'u:p@127.0.0.1:%P/d',
  ])('refused by both: %s', async (pattern, context) => {
    expect(await both(context, pattern)).toEqual({ psql: null, ours: null });
  });
});

describe('not as libpq reads it', () => {
  const expected = { way: 'TCP', user: 'u', database: 'd', password: 'p' };
  test.for([
    ['white space around it', '  postgresql://u:p@127.0.0.1:%P/d\n'],
    ['quotes around it', '"postgresql://u:p@127.0.0.1:%P/d"'],
    ['a command around it', "psql 'postgresql://u:p@127.0.0.1:%P/d'"],
    ['Prisma’s parameters', 'postgresql://u:p@127.0.0.1:%P/d?pgbouncer=true&connection_limit=1'],
    ['Supabase’s', 'postgresql://u:p@127.0.0.1:%P/d?supa=base-pooler.x'],
    ['node-postgres’s', 'postgresql://u:p@127.0.0.1:%P/d?uselibpqcompat=true&max=2'],
  ] as const)('read by us alone: %s', async ([, pattern], context) => {
    const { psql, ours } = await both(context, pattern);
    expect(ours).toMatchObject(expected);
    expect(psql).not.toEqual(ours);
  });

  test.for([
    ['sslmode=allow', 'postgresql://u:p@127.0.0.1:%P/d?sslmode=allow'],
    ['a certificate file without a check', 'postgresql://u:p@127.0.0.1:%P/d?sslrootcert=/nowhere'],
    ['a piece of a password as the database', 'postgresql://u:p@127.0.0.1:%P/d@e'],
  ] as const)('read by libpq alone: %s', async ([, pattern], context) => {
    const { psql, ours } = await both(context, pattern);
    expect(psql).toMatchObject({ way: 'TCP', user: 'u' });
    expect(ours).toBeNull();
  });
});
