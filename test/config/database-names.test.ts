import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startTestBackend } from '../helpers/backend.js';
import { runCli } from '../helpers/cli.js';

let server: EmbeddedPostgres;
let folder: string;
let ca: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-names-'));
  const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, certificate.cert);
  server = await startEmbeddedPostgres({
    settings: { ssl: 'on' },
    files: { 'server.crt': certificate.cert, 'server.key': certificate.private },
  });
});

afterAll(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true });
});

async function benchmark(env: Record<string, string>) {
  const backend = await startTestBackend({ SCHEDULE: '0 0 1 1 *', ...env });
  const answer = await backend.get('/api/rds/benchmark?iterations=1');
  await backend.close();
  return answer;
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

const uri = (query = '', host = server.host) =>
  `postgresql://${server.user}:${encodeURIComponent(server.password)}@${host}:${server.port}/postgres${query}`;

const pg = () => ({
  PGHOST: server.host,
  PGPORT: String(server.port),
  PGUSER: server.user,
  PGDATABASE: 'postgres',
});

const WAYS: readonly (readonly [string, () => Record<string, string>])[] = [
  ['DATABASE_URL', () => ({ DATABASE_URL: uri() })],
  [
    'keywords',
    () => ({
      DATABASE_URL: `host=${server.host} port=${server.port} user=${server.user} password=${server.password} dbname=postgres`,
    }),
  ],
  ['a pasted psql command', () => ({ DATABASE_URL: `psql '${uri()}'\n` })],
  ['DATABASE_URL_FILE', () => ({ DATABASE_URL_FILE: file('url', `${uri()}\n`) })],
  ['DATABASE_URL without TLS', () => ({ DATABASE_URL: uri('?sslmode=disable') })],
  [
    'verify-full',
    () => ({ DATABASE_URL: uri(`?sslmode=verify-full&sslrootcert=${ca}`, 'localhost') }),
  ],
  [
    'hostaddr, whose name is checked',
    () => ({
      DATABASE_URL: uri(`?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=${ca}`, 'localhost'),
    }),
  ],
  [
    'channel_binding=require',
    () => ({ DATABASE_URL: uri('?sslmode=require&channel_binding=require') }),
  ],
  ['options', () => ({ DATABASE_URL: uri('?options=-c%20geqo%3Doff') })],
  ['PGHOST and PGPASSWORD', () => ({ ...pg(), PGPASSWORD: server.password })],
  ['PGPASSFILE', () => ({ ...pg(), PGPASSFILE: file('pass', `*:*:*:*:${server.password}`) })],
  [
    'PGSSLMODE and PGSSLROOTCERT',
    () => ({
      ...pg(),
      PGHOST: 'localhost',
      PGPASSWORD: server.password,
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: ca,
    }),
  ],
  [
    'DB_HOST',
    () => ({
      DB_HOST: server.host,
      DB_PORT: String(server.port),
      DB_USER: server.user,
      DB_PASSWORD: server.password,
      DB_NAME: 'postgres',
      DB_SSLMODE: 'require',
    }),
  ],
];

test.each(WAYS)('a backend measures what is named by %s', async (_, env) => {
  expect(await benchmark(env())).toMatchObject({ status: 200, body: { outcome: 'success' } });
});

describe('what must not be ignored', () => {
  describe('of a server without TLS', () => {
    let plain: EmbeddedPostgres;
    let url: string;
    beforeAll(async () => {
      plain = await startEmbeddedPostgres();
      const password = encodeURIComponent(plain.password);
      url = `postgresql://${plain.user}:${password}@${plain.host}:${plain.port}/postgres`;
    });
    afterAll(() => plain.dispose());

    test('the default, prefer, connects without: it hung', async () => {
      expect(await benchmark({ DATABASE_URL: url })).toMatchObject({ status: 200 });
    });

    test('require fails', async () => {
      const answer = await benchmark({ DATABASE_URL: `${url}?sslmode=require` });
      expect(answer).toMatchObject({ status: 502, body: { reason: 'tls' } });
    });

    test('channel_binding=require fails before a password is sent', async () => {
      const answer = await benchmark({ DATABASE_URL: `${url}?channel_binding=require` });
      expect(answer).toMatchObject({ status: 502, body: { reason: 'auth' } });
      expect(answer.body.error).toContain('does not offer SCRAM-SHA-256-PLUS');
    });
  });

  test('options that the server does not know fail', async () => {
    const answer = await benchmark({ DATABASE_URL: uri('?options=endpoint%3Dep-x') });
    expect(answer.status).toBe(502);
  });

  test('verify-full of a name that the certificate lacks fails', async () => {
    const url = uri(`?sslmode=verify-full&sslrootcert=${ca}`, '127.0.0.1');
    expect(await benchmark({ DATABASE_URL: url })).toMatchObject({ body: { reason: 'tls' } });
  });
});

const PSQL = '/usr/lib/postgresql/15/bin/psql';
const hasPsql = spawnSync(PSQL, ['--version']).status === 0;

/** Each is read by psql and by us; %U is the user and password. */
test
  .skipIf(!hasPsql)
  .each([
    'postgresql://%U@127.0.0.1:%P/postgres',
    'postgres://%U@127.0.0.1:%P/postgres?sslmode=require',
    'postgresql://%U@/postgres?host=127.0.0.1&port=%P',
    'postgresql://%U@[::1]:1/postgres?host=127.0.0.1&port=%P',
    'postgresql://nobody@127.0.0.1:%P/nothing?user=%u&password=%w&dbname=postgres',
    'postgresql://%U@127.0.0.1:%P/%70ostgres?application_name=a+b',
    'postgresql://%U@127.0.0.1:%P/?dbname=postgres&ssl=true',
    'postgresql://%U@localhost:%P/postgres?hostaddr=127.0.0.1&sslmode=disable',
    "host=127.0.0.1 port = %P user=%u password='%w' dbname=postgres sslmode=prefer",
    String.raw`host=127.0.0.1 port=%P user=%u password=%w dbname=post\gres`,
  ])('as libpq reads it: %s', (pattern) => {
  const [user, password] = [server.user, server.password].map(encodeURIComponent);
  const text = pattern
    .replace('%U', `${user}:${password}`)
    .replace('%u', String(user))
    .replace('%w', String(password))
    .replace('%P', String(server.port));
  const sql = `SELECT current_user, current_database(), inet_server_port(), (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())`;
  const { stdout, stderr } = spawnSync(PSQL, ['-XAtw', text, '-c', sql], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const [target] = loadConfig({ DATABASE_URL: text }).targets;
  const ours = [
    target?.user,
    target?.database,
    target?.port,
    target?.tls.mode === 'disable' ? 'f' : 't',
  ];
  expect(stdout.trim()).toBe(ours.join('|'));
});

describe('config --check', () => {
  test('says when nothing would be measured, and how to name a database', async () => {
    const { code, stderr } = await runCli(['config', '--check']);
    expect(code).toBe(1);
    expect(stderr).toContain('nothing would be measured');
    expect(stderr).toContain('DATABASE_URL');
    expect(await runCli(['config', '--check', '--allow-no-database'])).toMatchObject({ code: 0 });
  });

  test('warns of a misspelling by name', async () => {
    const env = { DB_HSOT: 'hidden', DATABASE_URL: 'postgres://u@h/d' };
    const { code, stderr } = await runCli(['config', '--check'], env);
    expect(code).toBe(0);
    expect(stderr).toBe('DB_HSOT is not read: did you mean DB_HOST?\n');
  });

  test('config says where each value came from', async () => {
    const env = { DATABASE_URL: 'postgres://u@h/d?application_name=x', PGPASSWORD: 'hidden' };
    const { stdout } = await runCli(['config'], env);
    expect(JSON.parse(stdout)).toMatchObject({
      primary_from: { host: 'DATABASE_URL host', password: 'PGPASSWORD' },
      left_out: ['application_name'],
      targets: [{ tls: 'TLS where the server has it, certificate not checked' }],
    });
    expect(stdout).not.toContain('hidden');
  });
});
