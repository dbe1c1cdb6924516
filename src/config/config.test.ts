import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configProblemText as problemsOf } from '../../test/helpers/config-problems.js';
import { loadConfig } from './config.js';
import { describeConfig } from './describe-config.js';
import { VARIABLES } from './variables.js';
import { ConfigError } from '../base/errors.js';
import { REGION_FORM } from '../regions/regions.js';
import { machineName } from './machine-name.js';

describe('defaults', () => {
  test('an empty environment is a local backend without a database', () => {
    expect(loadConfig({})).toMatchObject({
      region: { code: 'local' },
      http: { host: null, port: 8080, metricsPort: null, apiToken: null },
      schedule: { cron: '* * * * *', stagger: true },
      targets: [],
      iterations: 10,
      retentionMs: 3_600_000,
      logLevel: 'info',
    });
  });

  test('a host makes the target `primary`, verified against the AWS authorities', () => {
    const { targets } = loadConfig({ DB_HOST: '10.50.0.1' });
    expect(targets).toMatchObject([
      {
        name: 'primary',
        host: '10.50.0.1',
        port: 5432,
        user: 'postgres',
        password: null,
        database: 'contacts',
        tls: { mode: 'verify-full', servername: null },
        operationTimeoutMs: 10_000,
      },
    ]);
    expect(JSON.stringify(targets)).toContain('BEGIN CERTIFICATE');
  });

  test('an empty variable counts as one that is not set', () => {
    expect(loadConfig({ PORT: '', DB_HOST: '', FLY_REGION: '' })).toEqual(loadConfig({}));
  });

  test('the machine is its id, whole, whichever variable holds it', () => {
    expect(loadConfig({ FLY_MACHINE_ID: '0123456789abcd' }).machine).toBe('0123456789abcd');
    expect(loadConfig({ FLY_ALLOC_ID: 'abcdef0123456789' }).machine).toBe('abcdef0123456789');
  });

  test('two machines whose names begin alike are two', () => {
    const names = ['ip-10-0-1-5', 'ip-10-0-2-7', 'pglatency-5d9f-x2x', 'pglatency-5d9f-a7k'];
    expect(names.map((name) => machineName({}, name))).toEqual(names);
    expect(machineName({}, 'x'.repeat(300))).toHaveLength(63);
  });

  test('METRICS_PORT equal to PORT is one port', () => {
    expect(loadConfig({ PORT: '9000', METRICS_PORT: '9000' }).http.metricsPort).toBeNull();
    expect(loadConfig({ PORT: '9000', METRICS_PORT: '9001' }).http.metricsPort).toBe(9001);
  });
});

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['2d', 172_800_000],
])('RETENTION=%s', (text, ms) => {
  expect(loadConfig({ RETENTION: text }).retentionMs).toBe(ms);
});

const HOST = 'a host name or an IP address, without scheme, port or path';
const PLAIN = 'text without line breaks and control characters';
const SCHEMA =
  'a name of letters, digits, _ and $, from a letter or _, at most 63 long, that does not begin with pg_';
const CRON = 'a cron expression of five fields, or six with seconds first, such as "* * * * *"';
const RETENTION = 'a duration from 1m to 7d, such as 90s, 30m, 1h or 2d';
const TOKEN = '16 to 256 printable ASCII characters without spaces';

test('PROBE_SCHEMA is the schema of every target, and `config` shows it', () => {
  const config = loadConfig({ DB_HOST: 'h', PROBE_SCHEMA: 'Monitoring' });
  expect(config.targets).toMatchObject([{ probeSchema: 'Monitoring' }]);
  expect(describeConfig(config).targets).toMatchObject([{ probe_schema: 'Monitoring' }]);
  expect(loadConfig({ DB_HOST: 'h' }).targets).toMatchObject([{ probeSchema: null }]);
});

test('a variable of libpq changes nothing', () => {
  const names = `PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGPASSFILE PGDATABASE PGSSLMODE PGSSLROOTCERT
    PGSSLCERT PGSSLKEY PGSSLNEGOTIATION PGOPTIONS PGAPPNAME PGCONNECT_TIMEOUT PGSERVICE PGREPLICATION`;
  const env = Object.fromEntries(names.split(/\s+/).map((name) => [name, 'x']));
  expect(loadConfig({ DB_HOST: 'h', ...env })).toEqual(loadConfig({ DB_HOST: 'h' }));
});

test('docs/configuration.md lists every variable', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const listed = page.split('\n').flatMap((line) => {
    const [, names = ''] = /^\| (`[^|]*`) +\|/.exec(line) ?? [];
    return [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name);
  });
  expect(listed.sort()).toEqual([...VARIABLES].sort());
});

describe('a value that is not allowed', () => {
  test.each([
    ['FLY_REGION', 'XYZ', REGION_FORM],
    ['PORT', 'http', 'a whole number from 0 to 65535'],
    ['PORT', '70000', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['PORT', '80.5', 'a whole number from 0 to 65535'],
    ['METRICS_PORT', 'x', 'a whole number from 0 to 65535'],
    ['LISTEN_HOST', 'http://localhost', HOST],
    ['DB_HOST', 'postgres://localhost/db', HOST],
    ['DB_PORT', '0', 'a whole number from 1 to 65535'],
    ['DB_USER', 'u'.repeat(64), 'at most 63 characters'],
    ['DB_NAME', 'd'.repeat(64), 'at most 63 characters'],
    ['DB_SSLMODE', 'allow', 'one of disable, prefer, require, verify-ca, verify-full'],
    ['DB_SSLNEGOTIATION', 'tls', 'one of postgres, direct'],
    ['DB_TLS_SERVERNAME', 'a b', HOST],
    ['DB_HOST', 'db.example.com\n', `${PLAIN} (it ends with a line break)`],
    ['DB_USER', 'app\r\n', `${PLAIN} (it ends with a line break)`],
    ['DB_USER', 'a\nb', `${PLAIN} (it holds a line break)`],
    ['DB_NAME', 'shop\t', `${PLAIN} (it holds a control character)`],
    ['DB_NAME', 'shop\u2028', `${PLAIN} (it ends with a line break)`],
    ['DB_TLS_SERVERNAME', 'a\0', `${PLAIN} (it holds a control character)`],
    ['PROBE_SCHEMA', 'my-schema', SCHEMA],
    ['PROBE_SCHEMA', '1st', SCHEMA],
    ['PROBE_SCHEMA', 'pg_probe', SCHEMA],
    ['PROBE_SCHEMA', 's'.repeat(64), SCHEMA],
    ['SCHEDULE', 'hourly', CRON],
    ['SCHEDULE', '61 * * * *', CRON],
    ['SCHEDULE_STAGGER', 'yes', 'one of true, false'],
    ['DB_POOLER', '1', 'one of true, false'],
    ['ITERATIONS', '0', 'a whole number from 1 to 100'],
    ['ITERATIONS', '101', 'a whole number from 1 to 100'],
    ['ITERATIONS', '1e1', 'a whole number from 1 to 100'],
    ['OPERATION_TIMEOUT_MS', '99', 'a whole number from 100 to 60000'],
    ['OPERATION_TIMEOUT_MS', '60001', 'a whole number from 100 to 60000'],
    ['RETENTION', '1', RETENTION],
    ['RETENTION', '59s', RETENTION],
    ['RETENTION', '8d', RETENTION],
    ['LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent'],
  ])('%s=%s', (name, value, expected) => {
    expect(problemsOf({ [name]: value })).toBe(
      `invalid configuration\n  ${name}: ${JSON.stringify(value)} is not allowed; expected ${expected}`,
    );
  });

  test.each([
    ['hidden\n', 'it ends with a line break'],
    ['hid\nden', 'it holds a line break'],
    ['hidden\u0007', 'it holds a control character'],
  ])('a password is never echoed: %j', (password, found) => {
    expect(problemsOf({ DB_PASSWORD: password })).toBe(
      `invalid configuration\n  DB_PASSWORD: expected ${PLAIN} (${found})`,
    );
  });

  test('a token is never echoed', () => {
    expect(problemsOf({ API_TOKEN: 'tooshort' })).toBe(
      `invalid configuration\n  API_TOKEN: expected ${TOKEN}`,
    );
  });

  test('a file of authorities that is not there, or holds none', () => {
    expect(problemsOf({ DB_CA_FILE: '/nowhere/ca.pem' })).toContain(
      'DB_CA_FILE: "/nowhere/ca.pem" is not allowed; expected a readable file of PEM certificates (ENOENT',
    );
    expect(problemsOf({ DB_CA_FILE: 'package.json' })).toContain('(it holds no certificate)');
  });

  test('all of them are listed at once', () => {
    const problems = problemsOf({
      FLY_REGION: '..',
      PORT: 'x',
      ITERATIONS: '0',
      SCHEDULE: 'x',
      API_TOKEN: 'x',
      DB_CA_FILE: '/nowhere',
    });
    expect(problems.split('\n')).toHaveLength(7);
  });
});

test('any environment gives a configuration or a list of problems, and never a secret', () => {
  const names = ['FLY_REGION', 'PORT', 'DB_HOST', 'DB_PORT', 'SCHEDULE', 'RETENTION', 'ITERATIONS'];
  const environment = fc.dictionary(fc.constantFrom(...names), fc.string());
  fc.assert(
    fc.property(environment, (env) => {
      const secrets = { DB_PASSWORD: 'hidden-password', API_TOKEN: 'hidden-token-hidden' };
      let shown: string;
      try {
        shown = JSON.stringify(describeConfig(loadConfig({ ...env, ...secrets })));
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        shown = (error as Error).message;
      }
      expect(shown).not.toContain('hidden');
    }),
  );
});
