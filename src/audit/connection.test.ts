import { describe, expect, test } from 'vitest';
import { ConfigError } from '../base/errors.js';
import { findConnection } from './connection.js';

/** What is wrong with a database that is named this way. */
function problemsOf(upstream: string | undefined, env: Record<string, string> = {}): string {
  try {
    findConnection(upstream, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'nothing';
}

const SERVER = 'postgresql://app:hidden@db.example.com';

describe('a wrong connection string is refused, and its password is not shown', () => {
  test.each([
    ['', '--upstream: expected postgresql://'],
    ['hidden', 'it begins with neither'],
    ['https://app:hidden@db.example.com/shop', 'this is a web address'],
    ['mysql://app:hidden@db.example.com/shop', '--upstream: expected postgresql://'],
    [`${SERVER}:0/shop`, '--upstream port: expected a whole number from 1 to 65535'],
    [`${SERVER}:70000/shop`, '--upstream port: expected a whole number from 1 to 65535'],
    [`${SERVER}:x/shop`, '--upstream port: expected a whole number from 1 to 65535'],
    ['postgresql://app:hidden%zz@db.example.com/shop', 'two hexadecimal digits after each %'],
    [`${SERVER}/shop?sslmode=on`, '--upstream sslmode: expected one of disable, prefer'],
    [`${SERVER}/shop?nonsense=1`, '--upstream nonsense: expected one of libpq'],
    [`${SERVER}/shop?sslrootcert=/no/such/file`, '--upstream sslrootcert'],
    ['host=db.example.com password', '--upstream'],
    ['service=nowhere', '--upstream'],
  ])('%j', (text, expected) => {
    const problems = problemsOf(text, { HOME: '/nonexistent' });
    expect(problems).toContain(expected);
    expect(problems).not.toContain('hidden');
  });

  test('no database at all', () => {
    expect(problemsOf(undefined)).toContain('DATABASE_URL or PGHOST in the environment');
  });

  test('of the environment', () => {
    const problems = problemsOf(undefined, { DATABASE_URL: `${SERVER}:x/shop` });
    expect(problems).toContain('DATABASE_URL port');
    expect(problems).not.toContain('hidden');
  });
});

test('several hosts are refused: the proxy leads to one server', () => {
  const url = 'postgresql://u:hidden@a,b/d?target_session_attrs=primary';
  expect(problemsOf(url)).toContain('--upstream host: expected one host');
  expect(problemsOf(url)).not.toContain('hidden');
  expect(problemsOf(undefined, { DATABASE_URL: url })).toContain('expected one host');
});

test('PG* fill in what --upstream leaves out, and name no other place', () => {
  const env = { PGHOST: 'elsewhere', PGPORT: '5999', PGUSER: 'app', PGPASSWORD: 'hidden' };
  expect(findConnection('postgresql://db.example.com/shop', env)).toMatchObject({
    host: 'db.example.com',
    port: 5432,
    user: 'app',
    password: 'hidden',
    database: 'shop',
  });
});
