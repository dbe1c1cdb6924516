import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
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

describe('a string that is refused', () => {
  test.each<[string, string]>([
    ['service=prod', 'the name of a service in pg_service.conf'],
    ['postgresql:///?service=prod', 'the name of a service in pg_service.conf'],
    ['postgres://u:hidden@h/d?ssl=1', 'does not exist'],
    ['postgres://u:hidden@h/d?sslmode=verify-ca&sslrootcert=system', 'system needs verify-full'],
    ['postgres://u:hidden@h/d?sslmode=require&sslrootcert=system', 'checks no certificate'],
    ['postgres://u:hidden@h/d?sslmode=verify-ca', 'a file of authorities'],
    ['postgres://u:hidden@db.x.supabase.co/d?sslmode=verify-full', "Supabase's own authority"],
    ['postgres://u:hidden@h/d?channel_binding=require&sslmode=disable', 'without TLS'],
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

/** In ~/.postgresql, as libpq has them. */
describe('the files of the home folder', () => {
  const home = () => join(folder, 'home');
  beforeAll(async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'h' }]);
    mkdirSync(join(home(), '.postgresql'), { recursive: true });
    const put = (name: string, text: string) =>
      writeFileSync(join(home(), '.postgresql', name), text, { mode: 0o600 });
    put('root.crt', cert);
    put('postgresql.crt', cert);
    put('postgresql.key', key);
  });

  test.each([
    ['disable', { mode: 'disable', clientCertificate: null }],
    ['prefer', { mode: 'prefer', clientCertificate: { key: expect.any(String) as string } }],
    ['require', { mode: 'verify-ca', caOrigin: expect.stringContaining('root.crt') as string }],
    ['verify-full', { mode: 'verify-full', ca: [expect.any(String) as string] }],
  ])('sslmode=%s', (mode, tls) => {
    const url = `postgres://u@h/d?sslmode=${mode}`;
    expect(primaryOf({ DATABASE_URL: url, HOME: home() })?.tls).toMatchObject(tls);
  });
});

describe('a service of pg_service.conf', () => {
  const services = (text: string) => {
    const file = join(folder, 'services');
    writeFileSync(file, text);
    return file;
  };
  const PROD =
    '# ours\n[test]\nhost=no\n[prod]\nhost=h\nport=5433\nport=1\ndbname=d\npassword=p\n[x]\nuser=no\n';

  test('fills in what the string leaves out, and comes before PG*', () => {
    const env = { DATABASE_URL: 'postgres://u@/?service=prod', PGSERVICEFILE: services(PROD) };
    const expected = { host: 'h', port: 5433, user: 'u', database: 'd', password: 'p' };
    expect(primaryOf(env)).toMatchObject(expected);
    expect(primaryOf({ ...env, PGPORT: '9', PGPASSWORD: 'q' })).toMatchObject(expected);
    expect(primaryOf({ ...env, DATABASE_URL: 'service=prod user=u dbname=e' })).toMatchObject({
      database: 'e',
    });
  });

  test('is found by PGSERVICE alone, in the home folder, and in PGSYSCONFDIR', () => {
    writeFileSync(join(folder, '.pg_service.conf'), PROD);
    expect(primaryOf({ PGSERVICE: 'prod', HOME: folder })).toMatchObject({ host: 'h' });
    rmSync(join(folder, '.pg_service.conf'));
    writeFileSync(join(folder, 'pg_service.conf'), PROD);
    const env = { PGSERVICE: 'prod', HOME: folder, PGSYSCONFDIR: folder };
    expect(primaryOf(env)).toMatchObject({ host: 'h' });
    rmSync(join(folder, 'pg_service.conf'));
  });

  test.each([
    ['[other]\nhost=h\n', 'PGSERVICE: expected the name of a service in pg_service.conf (looked'],
    ['[prod]\nhidden\n', 'services, line 2: expected name=value'],
    ['[prod]\nhost=h\nhots=hidden\n', 'services, line 3: expected name=value'],
    ['[prod]\nservice=hidden\n', 'one service cannot name another'],
    ['[prod]\nldap://hidden\n', 'LDAP is not supported'],
    ['[prod]\nhost=h\nport=hidden\n', 'services, line 3 port: expected a whole number'],
  ])('%j', (text, expected) => {
    const problems = problemsOf({ PGSERVICE: 'prod', PGSERVICEFILE: services(text) });
    expect(problems).toContain(expected);
    expect(problems).not.toContain('hidden');
  });

  test('whose file is missing', () => {
    const env = { PGSERVICE: 'prod', PGSERVICEFILE: '/nowhere' };
    expect(problemsOf(env)).toContain('servicefile /nowhere: expected a readable file of services');
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
