import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { certificateFor } from '../helpers/certificate.js';
import { startTestBackend } from '../helpers/backend.js';
import { runCli } from '../helpers/cli.js';

let server: EmbeddedPostgres;
let folder: string;
let ca: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-names-'));
  const { cert, key } = await certificateFor('localhost');
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, cert);
  server = await startEmbeddedPostgres({
    settings: { ssl: 'on', unix_socket_directories: '/tmp' },
    files: { 'server.crt': cert, 'server.key': key },
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

const uri = (query = '', host = server.host, port = `:${server.port}`) =>
  `postgresql://${server.user}:${encodeURIComponent(server.password)}@${host}${port}/postgres${query}`;

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
  [
    'PGHOST and DB_PASSWORD_FILE',
    () => ({ ...pg(), DB_PASSWORD_FILE: file('password', `${server.password}\n`) }),
  ],
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
    'several hosts, the first of which is down',
    () => ({
      DATABASE_URL: uri(
        `?target_session_attrs=read-write&port=${server.port}`,
        `127.0.0.4,${server.host}`,
        '',
      ),
    }),
  ],
  [
    'PGHOST with several hosts',
    () => ({
      ...pg(),
      PGHOST: `127.0.0.4,${server.host}`,
      PGPASSWORD: server.password,
      PGTARGETSESSIONATTRS: 'primary',
    }),
  ],
  [
    'PGSERVICE',
    () => ({
      PGSERVICE: 'main',
      PGSERVICEFILE: file(
        'services',
        `[main]\nhost=${server.host}\nport=${server.port}\nuser=${server.user}\npassword=${server.password}\ndbname=postgres\n`,
      ),
    }),
  ],
  [
    'PGHOST and DB_PASSWORD_COMMAND',
    () => ({ ...pg(), DB_PASSWORD_COMMAND: `printf '%s' '${server.password}'` }),
  ],
  [
    'verify-ca, to an address that the certificate lacks',
    () => ({ DATABASE_URL: uri(`?sslmode=verify-ca&sslrootcert=${ca}`) }),
  ],
  [
    'sslrootcert=system',
    () => ({ DATABASE_URL: uri('?sslrootcert=system', 'localhost'), SSL_CERT_FILE: ca }),
  ],
  ['require_auth', () => ({ DATABASE_URL: uri('?require_auth=scram-sha-256') })],
  [
    'what has no effect',
    () => ({ DATABASE_URL: uri('?application_name=a&keepalives_idle=5&connection_limit=1') }),
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
    [
      'url_env with several hosts',
      () => ({
        MAIN: uri(`?port=${server.port}`, `127.0.0.4,${server.host}`, ''),
        TARGETS_FILE: targets('url_env: MAIN'),
      }),
    ],
    [
      'url_env and password_env',
      () => ({
        MAIN: uri().replace(/:[^:@]*@/, '@'),
        SECRET: server.password,
        TARGETS_FILE: targets('url_env: MAIN, password_env: SECRET'),
      }),
    ],
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
    ['url_env: A, url_file: /b', 'targets[0].url_file: expected no value, because url_env is set'],
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
    expect(() => loadConfig(env)).toThrow('no value, because DB_PASSWORD is set');
  });
});

describe('what must not be ignored', () => {
  test('require_auth of a way that the server does not ask in fails before a password is sent', async () => {
    for (const methods of ['md5', 'none', '!scram-sha-256']) {
      const answer = await benchmark({ DATABASE_URL: uri(`?require_auth=${methods}`) });
      expect(answer).toMatchObject({ status: 502, body: { reason: 'auth' } });
      expect(answer.body.error).toContain('it asks for scram-sha-256');
    }
  });

  test('the newest version of TLS that is asked for is the one that is spoken', async () => {
    const url = uri('?sslmode=require&ssl_max_protocol_version=TLSv1.2');
    expect(await benchmark({ DATABASE_URL: url })).toMatchObject({
      body: { connection: { tls_version: 'TLSv1.2' } },
    });
  });

  test('a parameter without effect is named in the log, once', async () => {
    const backend = await startTestBackend({
      DATABASE_URL: uri('?application_name=hidden&supa=hidden'),
      SCHEDULE: '0 0 1 1 *',
    });
    await backend.close();
    const said = backend.logs.filter((line) => 'left_out' in line);
    expect(said).toMatchObject([{ target: 'primary', left_out: ['application_name', 'supa'] }]);
    expect(JSON.stringify(backend.logs)).not.toContain('hidden');
  });

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
