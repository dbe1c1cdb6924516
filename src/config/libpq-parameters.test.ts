import { expect, test } from 'vitest';
import { configProblemText as problemsOf } from '../../test/helpers/config-problems.js';
import { loadConfig } from './config.js';
import { LIBPQ_PARAMETERS, LIBPQ_VARIABLES, ruleOf } from './libpq-parameters.js';

/** Of version 18, which this list is checked against by hand: its page 32.1.2, and servicefile of version 19. */
const DOCUMENTED =
  `host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout
  client_encoding options application_name fallback_application_name keepalives keepalives_idle keepalives_interval
  keepalives_count tcp_user_timeout replication gssencmode sslmode sslnegotiation sslcompression sslcert sslkey
  sslkeylogfile sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer ssl_min_protocol_version
  ssl_max_protocol_version min_protocol_version max_protocol_version krbsrvname gsslib gssdelegation scram_client_key
  scram_server_key service servicefile target_session_attrs load_balance_hosts oauth_issuer oauth_client_id
  oauth_client_secret oauth_scope`.split(/\s+/);

test('every parameter of libpq is known', () => {
  expect([...LIBPQ_PARAMETERS].sort()).toEqual([...DOCUMENTED].sort());
  expect(Object.values(LIBPQ_VARIABLES).filter((name) => ruleOf(name) === undefined)).toEqual([]);
});

const NUL_BYTE = 'a%01b';

/** A bad value, as it stands in a URL, and what is said of it. */
const BAD: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  host: [
    ['a%20b', 'a host name, an IP address or the folder of a Unix socket'],
    [Array(17).fill('h').join(), 'at most 16 hosts'],
  ],
  hostaddr: [
    ['db.example.com', 'an IP address; a name goes into host'],
    ['192.0.2.1,192.0.2.2', 'as many hosts as hostaddr has addresses: 2, and not 1'],
  ],
  port: [
    ['x', 'a whole number from 1 to 65535'],
    ['0', 'a whole number from 1 to 65535'],
    ['65536', 'a whole number from 1 to 65535'],
    ['1,2', 'one port, or as many as there are hosts: 1, and not 2'],
  ],
  dbname: [['d'.repeat(64), 'at most 63 characters']],
  user: [['u'.repeat(64), 'at most 63 characters']],
  password: [[NUL_BYTE, 'it holds a control character']],
  passfile: [['/nowhere', 'a password file that can be used (ENOENT']],
  require_auth: [
    ['scram', 'a list with commas of none, password, md5, scram-sha-256, gss, sspi, oauth'],
    ['md5,md5', 'each method once'],
    ['md5,!password', 'a ! before each of the methods, or before none'],
    ['gss', 'one of none, password, md5, scram-sha-256 among the methods'],
  ],
  channel_binding: [['x', 'one of disable, prefer, require']],
  connect_timeout: [['10s', 'a whole number']],
  client_encoding: [],
  options: [],
  application_name: [],
  fallback_application_name: [],
  keepalives: [['yes', 'a whole number']],
  keepalives_idle: [['x', 'a whole number']],
  keepalives_interval: [['x', 'a whole number']],
  keepalives_count: [['x', 'a whole number']],
  tcp_user_timeout: [['x', 'a whole number']],
  replication: [['database', 'no value: this is not a replica']],
  gssencmode: [
    ['require', 'GSSAPI is not supported'],
    ['x', 'one of disable, prefer'],
  ],
  sslmode: [
    ['allow', 'prefer, which begins with TLS'],
    ['Require', 'one of disable, prefer, require, verify-ca, verify-full'],
    ['no-verify', 'a word of node-postgres'],
  ],
  sslnegotiation: [
    ['x', 'one of postgres, direct'],
    ['direct', 'direct needs require, verify-ca or verify-full'],
  ],
  sslcompression: [['1', '0: there is no compression']],
  sslcert: [['/nowhere', 'set both or none']],
  sslkey: [['/nowhere', 'set both or none']],
  sslkeylogfile: [['/tmp/x', 'no value: the keys of a session']],
  sslpassword: [['secret', 'the key must be unencrypted']],
  sslcertmode: [
    ['require', 'allow: a certificate is sent'],
    ['x', 'one of allow'],
  ],
  sslrootcert: [['/nowhere', 'checks no certificate']],
  sslcrl: [['/tmp/x', 'revocation lists are not supported']],
  sslcrldir: [['/tmp', 'revocation lists are not supported']],
  sslsni: [['0', 'the name is always sent']],
  requirepeer: [['postgres', 'the owner of a socket is not checked']],
  ssl_min_protocol_version: [['TLSv2', 'one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3']],
  ssl_max_protocol_version: [['TLSv1.1', 'TLSv1.2 or TLSv1.3']],
  min_protocol_version: [['3.2', '3.0: no other version is supported']],
  max_protocol_version: [['4', '3.0, 3.2 or latest']],
  krbsrvname: [['postgres', 'GSSAPI is not supported']],
  gsslib: [['gssapi', 'GSSAPI is not supported']],
  gssdelegation: [['1', 'GSSAPI is not supported']],
  scram_client_key: [['a', 'give the password']],
  scram_server_key: [['a', 'give the password']],
  service: [['nowhere', 'the name of a service in pg_service.conf']],
  servicefile: [],
  target_session_attrs: [
    ['x', 'one of any, read-write, read-only, primary, standby, prefer-standby'],
    ['standby', 'mode: read-only'],
  ],
  load_balance_hosts: [['yes', 'disable or random']],
  oauth_issuer: [['https%3A%2F%2Fx', 'OAuth is not supported']],
  oauth_client_id: [['x', 'OAuth is not supported']],
  oauth_client_secret: [['x', 'OAuth is not supported']],
  oauth_scope: [['x', 'OAuth is not supported']],
};

test('a bad value of each is in the table', () => {
  expect(Object.keys(BAD).sort()).toEqual([...LIBPQ_PARAMETERS].sort());
});

const badValues = Object.entries(BAD).flatMap(([name, values]) =>
  values.map(([value, expected]) => [name, value, expected] as const),
);

test.each(badValues)('%s=%s', (name, value, expected) => {
  const password = ['password', 'passfile'].includes(name) ? '' : '&password=hidden';
  const text = problemsOf({ DATABASE_URL: `postgresql://u@h/d?${name}=${value}${password}` });
  expect(text).toContain('DATABASE_URL ');
  expect(text).toContain(expected);
  expect(text).not.toContain('hidden');
});

test.each(Object.entries(LIBPQ_VARIABLES))('%s means %s', (variable, name) => {
  const [bad] = BAD[name] ?? [];
  if (bad === undefined) return;
  const env = { PGHOST: 'h', PGUSER: 'u', PGSSLMODE: 'prefer' };
  const text = problemsOf({ ...env, [variable]: decodeURIComponent(bad[0]) });
  expect(text).toContain(bad[1]);
});

const primaryOf = (query: string, path = 'u:p@h/d') =>
  loadConfig({ DATABASE_URL: `postgresql://${path}?${query}` }).targets[0];

/** A good value, and what comes out. */
test.each<[string, object]>([
  ['hostaddr=192.0.2.1', { host: '192.0.2.1', tls: { servername: 'h' } }],
  ['port=%205433', { port: 5433 }],
  ['require_auth=scram-sha-256,md5', { allowedAuthentication: ['md5', 'scram-sha-256'] }],
  ['require_auth=!password,!none', { allowedAuthentication: ['md5', 'scram-sha-256'] }],
  ['channel_binding=require', { isBindingRequired: true }],
  ['connect_timeout=3', { connectTimeoutMs: 3_000 }],
  ['options=-c%20geqo%3Doff', { startupOptions: '-c geqo=off' }],
  ['load_balance_hosts=random', { isLoadBalanced: true }],
  ['target_session_attrs=primary', { sessionAttributes: 'primary' }],
  ['ssl_min_protocol_version=TLSv1.3', { tls: { minVersion: 'TLSv1.3' } }],
  ['ssl_max_protocol_version=TLSv1.2', { tls: { maxVersion: 'TLSv1.2' } }],
  ['pgbouncer=true', { pooler: true }],
  [
    'application_name=a&keepalives=1&client_encoding=utf8&connection_limit=1',
    { leftOut: ['application_name', 'keepalives', 'client_encoding', 'connection_limit'] },
  ],
])('%s is honoured, or said to be left out', (query, expected) => {
  expect(primaryOf(query)).toMatchObject(expected);
});

/** What Prisma, Supabase, node-postgres and smart drivers add. */
test.each(
  `connection_limit=1 schema=public supa=base-pooler.x pool_mode=transaction pool_timeout=5 uselibpqcompat=true
   sslaccept=accept_invalid_certs statement_timeout=5 lock_timeout=5 query_timeout=5 keepAlive=true max=2
   load_balance=true topology_keys=a.b.c prepareThreshold=0 serverVersion=15`.split(/\s+/),
)('%s is left out', (query) => {
  expect(primaryOf(query)?.leftOut).toEqual([query.split('=')[0]]);
});

test('settings of a session that libpq takes from the environment are left out too', () => {
  const env = { PGHOST: 'h', PGUSER: 'u', PGTZ: 'UTC', PGGEQO: 'off', PGDATESTYLE: 'ISO' };
  expect(loadConfig(env).targets[0]?.leftOut).toEqual(['PGDATESTYLE', 'PGTZ', 'PGGEQO']);
});

/** These ask for what is done anyway: nothing is left out. */
test.each([
  'connect_timeout=0',
  'connect_timeout=-1',
  'channel_binding=prefer',
  'channel_binding=disable',
  'gssencmode=disable',
  'gssencmode=prefer',
  'sslcompression=0',
  'sslsni=1',
  'sslcertmode=allow',
  'ssl_min_protocol_version=TLSv1',
  'ssl_max_protocol_version=TLSv1.3',
  'min_protocol_version=3.0',
  'max_protocol_version=latest',
  'load_balance_hosts=disable',
  'target_session_attrs=any',
  'replication=off',
  'sslcrl=',
  'service=',
])('%s changes nothing', (query) => {
  expect(primaryOf(query)).toEqual(primaryOf(''));
});
