/** What is done with a parameter of a connection string. */
export interface Rule {
  /**
   * - `used`: it says something about the target;
   * - `leftOut`: it does not affect a measurement; `pglatency config` and the log say so;
   * - `held`: what it may ask for is done anyway, and everything else is refused.
   */
  readonly effect: 'used' | 'leftOut' | 'held';
  /** What the value should have been, or null. `used` ones without it are judged where they are used. */
  expected?(value: string): string | null;
}

const used: Rule = { effect: 'used' };
const leftOut: Rule = { effect: 'leftOut' };
const wholeNumber = (value: string) => (/^\s*-?\d{1,9}\s*$/.test(value) ? null : 'a whole number');
const leftOutNumber: Rule = { effect: 'leftOut', expected: wholeNumber };
const oneOf = (allowed: readonly string[], instead: string) => (value: string) =>
  allowed.includes(value) ? null : instead;
const held = (allowed: readonly string[], instead: string): Rule => ({
  effect: 'held',
  expected: oneOf(allowed, instead),
});
const refused = (instead: string): Rule => held([''], `no value: ${instead}`);
/** Values that libpq knows, but that are not supported here, get a message of their own. */
const heldOf = (allowed: readonly string[], notDone: readonly string[], instead: string): Rule => ({
  effect: 'held',
  expected: (value) =>
    allowed.includes(value)
      ? null
      : notDone.includes(value)
        ? instead
        : `one of ${allowed.join(', ')}`,
});

const NO_GSSAPI = 'GSSAPI is not supported; use a password or a client certificate';
const NO_REVOCATION = 'revocation lists are not supported';
const NO_OAUTH = 'OAuth is not supported; use a password, or password_command for a token';

/** All of PostgreSQL 18: https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS */
const LIBPQ: Readonly<Record<string, Rule>> = {
  host: used,
  hostaddr: used,
  port: used,
  dbname: used,
  user: used,
  password: used,
  passfile: used,
  service: used,
  servicefile: used,
  options: used,
  sslmode: used,
  sslrootcert: used,
  sslcert: used,
  sslkey: used,
  sslnegotiation: used,
  ssl_min_protocol_version: used,
  ssl_max_protocol_version: used,
  channel_binding: used,
  require_auth: used,
  target_session_attrs: used,
  load_balance_hosts: { ...used, expected: oneOf(['disable', 'random'], 'disable or random') },
  connect_timeout: { ...used, expected: wholeNumber },
  application_name: leftOut,
  fallback_application_name: leftOut,
  client_encoding: leftOut,
  keepalives: leftOutNumber,
  keepalives_idle: leftOutNumber,
  keepalives_interval: leftOutNumber,
  keepalives_count: leftOutNumber,
  tcp_user_timeout: leftOutNumber,
  sslcompression: held(['0'], '0: there is no compression'),
  sslsni: held(['1'], '1: the name is always sent'),
  sslcertmode: heldOf(
    ['allow'],
    ['disable', 'require'],
    'allow: a certificate is sent where one is named, and the server asks for it',
  ),
  sslcrl: refused(NO_REVOCATION),
  sslcrldir: refused(NO_REVOCATION),
  sslpassword: refused('the key must be unencrypted (openssl pkey -in encrypted.pem -out key.pem)'),
  sslkeylogfile: refused('the keys of a session are not written to a file'),
  min_protocol_version: held(['3.0'], '3.0: no other version is supported'),
  max_protocol_version: held(['3.0', '3.2', 'latest'], '3.0, 3.2 or latest'),
  requirepeer: refused('the owner of a socket is not checked'),
  gssencmode: heldOf(
    ['disable', 'prefer'],
    ['require'],
    'disable or prefer: GSSAPI is not supported',
  ),
  gssdelegation: held(['0'], '0: GSSAPI is not supported'),
  gsslib: refused(NO_GSSAPI),
  krbsrvname: refused(NO_GSSAPI),
  replication: held(['false', 'off', 'no', '0'], 'no value: this is not a replica'),
  scram_client_key: refused('give the password'),
  scram_server_key: refused('give the password'),
  oauth_issuer: refused(NO_OAUTH),
  oauth_client_id: refused(NO_OAUTH),
  oauth_client_secret: refused(NO_OAUTH),
  oauth_scope: refused(NO_OAUTH),
};

/** Names of all of libpq's parameters. */
export const LIBPQ_PARAMETERS: readonly string[] = Object.keys(LIBPQ);

/** Those of Prisma, Supabase, node-postgres and smart drivers, which come with pasted strings. */
const FOREIGN: Readonly<Record<string, Rule>> = {
  pgbouncer: { ...used, expected: oneOf(['true', 'false'], 'true or false') },
  sslaccept: {
    ...leftOut,
    expected: oneOf(['accept_invalid_certs'], 'no value; write sslmode=verify-full'),
  },
  ...Object.fromEntries(
    `connection_limit pool_timeout pool_mode pool_size schema supa uselibpqcompat socket_timeout
     statement_cache_size query_timeout statement_timeout lock_timeout idle_in_transaction_session_timeout
     keepAlive connectionTimeoutMillis idleTimeoutMillis max min max_connections load_balance topology_keys
     prepareThreshold serverVersion charset encoding`
      .split(/\s+/)
      .map((name) => [name, leftOut]),
  ),
};

/** The rule of a parameter; undefined: nobody knows it. */
export function ruleOf(name: string): Rule | undefined {
  return Object.hasOwn(LIBPQ, name)
    ? LIBPQ[name]
    : Object.hasOwn(FOREIGN, name)
      ? FOREIGN[name]
      : undefined;
}

/** libpq's variables, and the parameter that each stands for. */
export const LIBPQ_VARIABLES: Readonly<Record<string, string>> = {
  PGHOST: 'host',
  PGHOSTADDR: 'hostaddr',
  PGPORT: 'port',
  PGDATABASE: 'dbname',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGPASSFILE: 'passfile',
  PGOPTIONS: 'options',
  PGAPPNAME: 'application_name',
  PGCONNECT_TIMEOUT: 'connect_timeout',
  PGSSLMODE: 'sslmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGCHANNELBINDING: 'channel_binding',
  PGTARGETSESSIONATTRS: 'target_session_attrs',
  PGSERVICE: 'service',
  PGSERVICEFILE: 'servicefile',
  PGSSLCRL: 'sslcrl',
  PGSSLCRLDIR: 'sslcrldir',
  PGSSLSNI: 'sslsni',
  PGSSLCERTMODE: 'sslcertmode',
  PGREQUIREAUTH: 'require_auth',
  PGREQUIREPEER: 'requirepeer',
  PGGSSENCMODE: 'gssencmode',
  PGGSSLIB: 'gsslib',
  PGKRBSRVNAME: 'krbsrvname',
  PGGSSDELEGATION: 'gssdelegation',
  PGLOADBALANCEHOSTS: 'load_balance_hosts',
  PGSSLCOMPRESSION: 'sslcompression',
  PGSSLMINPROTOCOLVERSION: 'ssl_min_protocol_version',
  PGSSLMAXPROTOCOLVERSION: 'ssl_max_protocol_version',
  PGMINPROTOCOLVERSION: 'min_protocol_version',
  PGMAXPROTOCOLVERSION: 'max_protocol_version',
  PGCLIENTENCODING: 'client_encoding',
  PGSSLKEYLOGFILE: 'sslkeylogfile',
};

/** libpq's variables that stand for no parameter: settings of a session, which no measurement depends on. */
export const LIBPQ_SETTINGS: readonly string[] = ['PGDATESTYLE', 'PGTZ', 'PGGEQO'];
