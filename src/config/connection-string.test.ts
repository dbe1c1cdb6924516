import { describe, expect, test } from 'vitest';
import { parseConnectionString } from './connection-string.js';

const read = (text: string) =>
  Object.fromEntries(parseConnectionString(text).map(({ name, value }) => [name, value]));

function refusalOf(text: string): string {
  try {
    parseConnectionString(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'it is read';
}

describe('read as libpq does', () => {
  test.each<[string, Record<string, string>]>([
    [
      'u:p%2Fw%40rd%3A%25%231@h/app',
      { user: 'u', password: 'p/w@rd:%#1', host: 'h', dbname: 'app' },
    ],
    ['a.b%40c%7Cx@h', { user: 'a.b@c|x', host: 'h' }],
    ['a.b|x@h', { user: 'a.b|x', host: 'h' }],
    [
      'u:p?#x@[::1]:5432/d',
      { user: 'u', password: 'p?#x', host: '::1', port: '5432', dbname: 'd' },
    ],
    ['[fe80::1%25eth0]/d', { host: 'fe80::1%eth0', dbname: 'd' }],
    ['h1:1,h2:55432/d', { host: 'h1,h2', port: '1,55432', dbname: 'd' }],
    ['h1,h2:55432', { host: 'h1,h2', port: ',55432' }],
    ['/app?host=/DIR&user=x', { dbname: 'app', host: '/DIR', user: 'x' }],
    [
      'u:p@%2FDIR:5432/app',
      { user: 'u', password: 'p', host: '/DIR', port: '5432', dbname: 'app' },
    ],
    [
      'u:p@/d?host=/cloudsql/p:r:i',
      { user: 'u', password: 'p', dbname: 'd', host: '/cloudsql/p:r:i' },
    ],
    ['h/a?user=b&dbname=c', { host: 'h', dbname: 'c', user: 'b' }],
    ['h/my%20db', { host: 'h', dbname: 'my db' }],
    ['h/d%2Fe', { host: 'h', dbname: 'd/e' }],
    ['u:a b@h/my db', { user: 'u', password: 'a b', host: 'h', dbname: 'my db' }],
    ['ws12:xau_KEY@h/db:main', { user: 'ws12', password: 'xau_KEY', host: 'h', dbname: 'db:main' }],
    ['a@some_service/d', { user: 'a', host: 'some_service', dbname: 'd' }],
    ['?service=prod', { service: 'prod' }],
    ['h/?ssl=true', { host: 'h', sslmode: 'require' }],
    ['h/d?options=-c+a%3D5s', { host: 'h', dbname: 'd', options: '-c+a=5s' }],
    ['u:@h', { user: 'u', host: 'h' }],
    ['', {}],
  ])('postgresql://%s', (rest, expected) => {
    expect(read(`postgresql://${rest}`)).toEqual(expected);
    expect(read(`postgres://${rest}`)).toEqual(expected);
  });

  test.each<[string, Record<string, string>]>([
    ['host=h port=1 dbname=d', { host: 'h', port: '1', dbname: 'd' }],
    [
      String.raw`host = h password='a \' b' dbname=c\ d`,
      { host: 'h', password: "a ' b", dbname: 'c d' },
    ],
    ['password= host=h', { password: 'host=h' }],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});

test.each([
  'postgres://u:p@h/d\n',
  '  postgres://u:p@h/d ',
  '"postgres://u:p@h/d"',
  "'postgres://u:p@h/d'",
  "psql 'postgres://u:p@h/d'",
  'psql "postgres://u:p@h/d" -c x',
  'psql postgres://u:p@h/d',
])('what comes from pasting is taken off: %j', (text) => {
  expect(read(text)).toEqual({ user: 'u', password: 'p', host: 'h', dbname: 'd' });
});

test.each([
  ['jdbc:postgresql://h/d?user=u&password=hidden', 'JDBC'],
  ['prisma+postgres://h/?api_key=hidden', 'direct connection string'],
  ['postgresql+psycopg://u:hidden@h/d', 'SQLAlchemy'],
  ['cockroachdb://u:hidden@h/d', 'only the scheme'],
  ['POSTGRES://u:hidden@h/d', 'small letters'],
  ['mysql://u:hidden@h/d', 'another kind of database'],
  ['https://u:hidden@h/d', 'web address'],
  ['u:hidden@h/d', 'begins with neither'],
  ['/hidden app', 'begins with neither'],
  ['hidden', 'begins with neither'],
  ['postgres:u:hidden@h/d', 'two slashes'],
  ['what-is-this://u:hidden@h/d', 'the scheme must be postgresql or postgres'],
  ['postgres://u:hidden@h/d\npostgres://u:hidden@h/e', 'in one line'],
  ['u:hidden@h/d?sslmode=require', 'begins with neither'],
  ['', 'it is empty'],
  ['postgres://u:hidden%zz@h/d', 'two hexadecimal digits'],
  ['postgres://u:hidden%@h/d', '% as %25'],
  ['postgres://u:hid@den@h/d', '@ as %40'],
  ['postgres://u:1/hid@den', '@ as %40'],
  ['postgres://u:hidden%00@h/d', 'no %00'],
  ['postgres://u:hidden%ff@h/d', 'UTF-8'],
  ['postgres://[::1/hidden', 'a ] after'],
  ['postgres://[]/hidden', 'between [ and ]'],
  ['postgres://[::1]x/hidden', 'after the ]'],
  ['postgres://h/?hidden', 'name=value'],
  ['postgres://h/?a=hidden=b', 'name=value'],
  ["host=h password='hidden", 'closing quote'],
  ['host=h hidden', 'in parameter 2'],
])('refused, with what to use, and without the password: %s', (text, expected) => {
  const message = refusalOf(text);
  expect(message).toContain(expected);
  expect(message).not.toMatch(/hidden|hid@den/);
});
