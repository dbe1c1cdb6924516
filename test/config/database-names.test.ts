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
    settings: { ssl: 'on', unix_socket_directories: '/tmp' },
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
  ['a Unix socket', () => ({ DATABASE_URL: uri('?host=/tmp&sslmode=require') })],
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

describe('a target of TARGETS_FILE', () => {
  const targets = (entry: string) => file('targets.yaml', `targets:\n- {name: main, ${entry}}\n`);
  test.each<[string, () => Record<string, string>]>([
    ['url_env', () => ({ MAIN: uri(), TARGETS_FILE: targets('url_env: MAIN') })],
    ['url_file', () => ({ TARGETS_FILE: targets(`url_file: ${file('url', uri())}`) })],
    [
      'url and password_command',
      () => ({
        TARGETS_FILE: targets(
          `url: "${uri().replace(/:[^:@]*@/, '@')}", password_command: [printf, "${server.password}"]`,
        ),
      }),
    ],
  ])('%s', async (_, env) => {
    expect(await benchmark(env())).toMatchObject({ status: 200, body: { outcome: 'success' } });
  });

  test.each([
    ['url: "postgres://u:hidden@h/d"', 'targets[0].url: expected no password in clear'],
    ['url_env: NOWHERE', 'targets[0].url_env: expected the name of a variable that is set'],
    ['url_file: /nowhere', 'targets[0].url_file: expected a readable file'],
    ['url_env: A, url_file: /b', 'targets[0].url_file: expected no value beside url_env'],
    ['url: "postgres://h:1/d", port: 2', 'targets[0].port: expected what targets[0].url says'],
    ['port: 2', 'targets[0].host: expected text; it is missing'],
    ['url: "postgres://u@h/?target_session_attrs=standby"', 'mode: read-only'],
    ['host: h, password_command: []', 'targets[0].password_command: expected a program'],
    [
      'host: h, password_command: [x], password_env: A',
      'targets[0].password_command: expected no value',
    ],
  ])('{%s}', (entry, expected) => {
    const load = () => loadConfig({ TARGETS_FILE: targets(entry) });
    expect(load).toThrow(expected);
    expect(load).not.toThrow(/hidden/);
  });

  test('one that asks for a standby does not measure a primary', async () => {
    const backend = await startTestBackend({
      DATABASE_URL: uri(),
      STANDBY: uri('?target_session_attrs=standby'),
      TARGETS_FILE: targets('url_env: STANDBY, mode: read-only'),
      SCHEDULE: '0 0 1 1 *',
    });
    const answer = await backend.get('/api/rds/benchmark?iterations=1&target=main');
    await backend.close();
    expect(answer).toMatchObject({ status: 502, body: { reason: 'read_only' } });
  });
});

describe('DB_PASSWORD_COMMAND', () => {
  test('is asked again when the server refuses what it gave', async () => {
    const secret = file('secret', 'wrong');
    const env = { ...pg(), DB_PASSWORD_COMMAND: `cat ${secret}`, SCHEDULE: '0 0 1 1 *' };
    const backend = await startTestBackend(env);
    const ask = () => backend.get('/api/rds/benchmark?iterations=1');
    const refused = await ask();
    file('secret', `${server.password}\n`);
    const taken = await ask();
    await backend.close();
    expect(refused).toMatchObject({ status: 502, body: { reason: 'auth' } });
    expect(taken).toMatchObject({ status: 200, body: { outcome: 'success' } });
  });

  test('that fails is said, without what it printed', async () => {
    const answer = await benchmark({ ...pg(), DB_PASSWORD_COMMAND: 'echo hidden >&2; exit 3' });
    expect(answer).toMatchObject({ status: 502, body: { reason: 'auth' } });
    expect(answer.body.error).toBe('the password command ended with exit code 3');
  });

  test('beside a password is a problem', () => {
    const env = { DB_HOST: 'h', DB_PASSWORD: 'x', DB_PASSWORD_COMMAND: 'y' };
    expect(() => loadConfig(env)).toThrow('no value beside DB_PASSWORD');
  });
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
