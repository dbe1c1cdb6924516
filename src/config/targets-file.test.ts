import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  queryList,
  createTargetsFileLoader,
  targetList,
} from '../../test/helpers/targets-file-loader.js';
import { loadConfig } from './config.js';

const { folder, path: FILE, env: ENV, load, problemsOf } = createTargetsFileLoader();

test('a bad variable does not hide what is wrong with the file, and adds nothing to it', () => {
  const env = { ...ENV, DB_HOST: 'postgres://db', PORT: 'http' };
  const content = 'targets: [{ name: primary, host: db.internal }]\n';
  expect(() => load(content, env)).toThrow(
    expect.objectContaining({
      problems: [
        expect.objectContaining({ field: 'PORT' }),
        expect.objectContaining({ field: 'DB_HOST' }),
        expect.objectContaining({ field: `${FILE}: targets[0].name`, value: 'primary' }),
      ],
    }),
  );
});

describe('a file that is right', () => {
  test('lists targets, which take over from the primary what they do not say', () => {
    const targets = load(
      `targets:
  - { name: virginia, host: iad.db.internal, mode: read-only, port: 6432, timeout_ms: 2000 }
  - { name: own, host: own.internal, schema: Own }
  - { name: pooled, host: pool.internal, pooler: true, operations: [select, connect], password_env: POOL_PASSWORD, sslmode: disable }
`,
      { ...ENV, POOL_PASSWORD: 'other', DB_NAME: 'shop', PROBE_SCHEMA: 'probe' },
    );
    expect(targets).toMatchObject([
      { name: 'primary', replicaOf: null, operations: ['connect', 'ping', 'select', 'insert'] },
      {
        name: 'virginia',
        port: 6432,
        database: 'shop',
        password: 'hidden-password',
        operationTimeoutMs: 2_000,
        operations: ['connect', 'ping', 'select'],
        replicaOf: 'primary',
        probeSchema: 'probe',
        pooler: false,
        tls: { mode: 'verify-full' },
      },
      { name: 'own', probeSchema: 'Own' },
      {
        name: 'pooled',
        password: 'other',
        operations: ['connect', 'select'],
        pooler: true,
        tls: { mode: 'disable' },
      },
    ]);
  });

  test('gives each query to its targets, with their deadline unless it has its own', () => {
    const [primary, replica] = load(`
targets: [{ name: replica, host: h, mode: read-only, timeout_ms: 900 }]
queries:
  - { name: all, sql: "SELECT $1::int, $2", parameters: [1, null], every: 5 }
  - { name: one, sql: VALUES (1), targets: [replica], timeout_ms: 300, buckets: connect }
`);
    expect(primary?.queries).toEqual([
      {
        operation: 'query_all',
        sql: 'SELECT $1::int, $2',
        parameters: [1, null],
        everyRuns: 5,
        timeoutMs: 10_000,
        buckets: 'operation',
      },
    ]);
    expect(replica?.queries).toMatchObject([
      { operation: 'query_all', timeoutMs: 900 },
      { operation: 'query_one', timeoutMs: 300, buckets: 'connect' },
    ]);
  });

  test('may hold 20 queries and 15 targets beside the primary', () => {
    const targets = load(`targets: [${targetList(15)}]\nqueries: [${queryList(20)}]`);
    expect(targets).toHaveLength(16);
    expect(targets[15]?.queries).toHaveLength(20);
  });
});

const MAP = 'expected a map with `targets:`, `queries:` or both';

describe('a file that cannot be used', () => {
  test('missing', () => {
    const missing = join(folder, 'nowhere.yaml');
    expect(() => loadConfig({ ...ENV, TARGETS_FILE: missing })).toThrow(
      `TARGETS_FILE ${missing}: expected a readable file (ENOENT`,
    );
  });

  test('larger than 1 MiB: refused before it is parsed, and not read to its end', () => {
    const fits = `#${'x'.repeat(2 ** 20 - 2)}\n`;
    const tooLarge = 'file: expected a readable file (it holds more than 1048576 bytes)';
    expect(problemsOf(fits)).toEqual([`file: ${MAP}; the file is empty`]);
    expect(problemsOf(`${fits}#`)).toEqual([tooLarge]);
    expect(() => loadConfig({ ...ENV, TARGETS_FILE: '/dev/zero' })).toThrow('more than 1048576');
  });

  test.each([
    ['empty', '', `file: ${MAP}; the file is empty`],
    ['only a comment', '# later\n', `file: ${MAP}; the file is empty`],
    ['not YAML', 'targets: [', 'file: expected YAML (line 1, column 11: bad indent'],
    [
      'a key twice',
      'queries: []\nqueries: []',
      'file: expected YAML (line 2, column 1: duplicate key',
    ],
    ['a list', '- name: a', `file: ${MAP}, not a list`],
    ['a text', 'targets', `file: ${MAP}, not a string`],
    ['targets that are no list', 'targets: { name: a }', 'targets: expected a list'],
  ])('%s', (_, content, problem) => {
    const [first, ...rest] = problemsOf(content);
    expect(first?.slice(0, problem.length)).toBe(problem);
    expect(rest).toEqual([]);
  });
});

const PLAIN = 'text without line breaks and control characters';
const NAME = 'expected a name of a-z, 0-9, _ and -, from a letter, at most 31 long';
const NO_PASSWORD =
  'expected no password in clear: use password_env, password_file or password_command';

describe('a target that is not allowed', () => {
  test.each([
    ['host: h', 'name: expected text; it is missing'],
    ['name: a', 'host: expected text; it is missing'],
    ['name: EU west, host: h', `name: "EU west" is not allowed; ${NAME}`],
    [`name: ${'a'.repeat(32)}, host: h`, `name: "${'a'.repeat(32)}" is not allowed; ${NAME}`],
    ['name: primary, host: h', 'name: "primary" is not allowed; expected another name: DB_HOST'],
    [
      'name: a, host: h, region: iad',
      'region: expected one of name, host, url, url_env, url_file, port, database, user,',
    ],
    ['name: a, host: h, password: hidden', `password: ${NO_PASSWORD}`],
    ['name: a, host: h, Passwd: hidden', `Passwd: ${NO_PASSWORD}`],
    ['name: a, host: h, password hidden', `(a key that is not text): ${NO_PASSWORD}`],
    ['name: a, host: "u:hidden@h"', 'host: expected a host name or an IP address'],
    [
      'name: a, host: h, password_env: "hidden!"',
      "password_env: expected an environment variable's",
    ],
    [
      'name: a, host: h, password_env: NOWHERE',
      'password_env: expected the name of a variable that',
    ],
    [
      'name: a, host: h, password_file: /nowhere',
      'password_file: expected a readable file (ENOENT: no such file or directory)',
    ],
    [
      'name: a, host: "h\\n"',
      `host: "h\\n" is not allowed; expected ${PLAIN} (it ends with a line break)`,
    ],
    [
      'name: a, host: h, user: "u\\nv"',
      `user: "u\\nv" is not allowed; expected ${PLAIN} (it holds a line break)`,
    ],
    [
      'name: a, host: h, database: "d\\t"',
      `database: "d\\t" is not allowed; expected ${PLAIN} (it holds a control character)`,
    ],
    [
      'name: a, host: h, schema: pg_catalog',
      'schema: "pg_catalog" is not allowed; expected a name of letters, digits, _ and $',
    ],
    [
      'name: a, host: h, client_key: hidden',
      'client_cert: expected a file, because targets[0].client_key is set; set both or none',
    ],
    [
      'name: a, host: h, sslnegotiation: x',
      'sslnegotiation: "x" is not allowed; expected one of po',
    ],
    ['name: a, host: h, ca: /nowhere', 'ca: "/nowhere" is not allowed; expected'],
    [
      'name: a, host: h, mode: replica',
      'mode: "replica" is not allowed; expected one of read-write',
    ],
    [
      'name: a, host: h, port: 0',
      'port: "0" is not allowed; expected a whole number from 1 to 65535',
    ],
    [
      'name: a, host: h, timeout_ms: 9',
      'timeout_ms: "9" is not allowed; expected a whole number from 100',
    ],
    [
      'name: a, host: h, pooler: yes please',
      'pooler: "yes please" is not allowed; expected true or',
    ],
    ['name: a, host: h, operations: []', 'operations: expected one operation or more'],
    [
      'name: a, host: h, mode: read-only, operations: [insert]',
      'operations: "insert" is not allowed; expected connect, ping or select: the target is read-only',
    ],
    [
      'name: a, host: h, mode: read-only, replica_of: b',
      'replica_of: "b" is not allowed; expected a read-write target: primary',
    ],
  ])('{ %s }', (entry, problem) => {
    const [first, ...rest] = problemsOf(`targets: [{ ${entry} }]`);
    expect(first?.slice(0, `targets[0].${problem}`.length)).toBe(`targets[0].${problem}`);
    expect(rest).toEqual([]);
  });

  test.each([
    ['hidden\n', []],
    ['hidden\r\n', []],
    ['hidden\n\n', [`a file that holds ${PLAIN} (it ends with a line break)`]],
    ['hid\nden', [`a file that holds ${PLAIN} (it holds a line break)`]],
    ['hidden\0', [`a file that holds ${PLAIN} (it holds a control character)`]],
    ['\n', ['a file that is not empty']],
  ])('a password file of %j', (content, problems) => {
    const file = join(folder, 'password');
    writeFileSync(file, content);
    expect(problemsOf(`targets: [{ name: a, host: h, password_file: ${file} }]`)).toEqual(
      problems.map((problem) => `targets[0].password_file: expected ${problem}`),
    );
    if (problems.length > 0) return;
    const [, target] = load(`targets: [{ name: a, host: h, password_file: ${file} }]`);
    expect(target?.password).toBe('hidden');
  });

  test('a variable whose password ends with a line break', () => {
    const env = { ...ENV, OTHER: 'hidden\n' };
    expect(problemsOf('targets: [{ name: a, host: h, password_env: OTHER }]', env)).toEqual([
      `targets[0].password_env: expected a variable that holds ${PLAIN} (it ends with a line break)`,
    ]);
  });

  test('a name twice', () => {
    expect(problemsOf('targets: [{ name: a, host: h }, { name: a, host: i }]')).toEqual([
      'targets[1].name: "a" is not allowed; expected a name used once',
    ]);
  });

  test('the only one that can be written to is missing', () => {
    const env = { TARGETS_FILE: FILE };
    expect(problemsOf('targets: [{ name: a, host: h, mode: read-only }]', env)).toContain(
      'targets: expected a read-write target: DB_HOST, or one of the file with `mode: read-write`',
    );
  });

  test('17 of them', () => {
    expect(problemsOf(`targets: [${targetList(16)}]`)).toEqual([
      'targets: expected at most 15 targets, beside the primary',
    ]);
  });
});
