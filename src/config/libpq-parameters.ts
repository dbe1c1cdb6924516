/**
 * What is done with each parameter of a connection string. `used`: it says something about the target.
 * `leftOut`: it is no matter of a measurement, and `pglatency config` names it. A function: what the value
 * should have been, or null when it asks for nothing that is not done anyway.
 */
export type Rule = 'used' | 'leftOut' | ((value: string) => string | null);

const wholeNumber = (value: string) => (/^-?\d{1,9}$/.test(value.trim()) ? null : 'a whole number');
const only =
  (allowed: readonly string[], instead: string) =>
  (value: string): string | null =>
    allowed.includes(value) ? null : instead;
const never = (instead: string) => (value: string) => (value === '' ? null : instead);
const known =
  (allowed: readonly string[], notDone: readonly string[], instead: string) =>
  (value: string): string | null => {
    if (allowed.includes(value)) return null;
    return notDone.includes(value) ? instead : `one of ${allowed.join(', ')}`;
  };

const NO_GSSAPI = 'no value: GSSAPI is not supported; use a password or a client certificate';
const TO_A_STANDBY =
  'any, read-write or primary; for a standby list it in TARGETS_FILE, as a target with mode: read-only';

/** libpq's own: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS */
const LIBPQ: Readonly<Record<string, Rule>> = {
  host: 'used',
  hostaddr: 'used',
  port: 'used',
  dbname: 'used',
  user: 'used',
  password: 'used',
  passfile: 'used',
  options: 'used',
  sslmode: 'used',
  sslrootcert: 'used',
  sslcert: 'used',
  sslkey: 'used',
  sslnegotiation: 'used',
  channel_binding: 'used',
  target_session_attrs: known(
    ['any', 'read-write', 'primary', 'prefer-standby'],
    ['read-only', 'standby'],
    TO_A_STANDBY,
  ),
  application_name: 'leftOut',
  fallback_application_name: 'leftOut',
  client_encoding: 'leftOut',
  connect_timeout: wholeNumber,
  keepalives: wholeNumber,
  keepalives_idle: wholeNumber,
  keepalives_interval: wholeNumber,
  keepalives_count: wholeNumber,
  tcp_user_timeout: wholeNumber,
  load_balance_hosts: only(['disable', 'random'], 'disable or random'),
  sslcompression: only(['0'], '0: there is no compression'),
  sslsni: only(['1'], '1: the name is always sent'),
  sslcertmode: known(['allow'], ['disable', 'require'], 'allow'),
  sslcrl: never('no value: revocation lists are not supported'),
  sslcrldir: never('no value: revocation lists are not supported'),
  sslpassword: never(
    'no value: the key must be unencrypted (openssl pkey -in encrypted.pem -out key.pem)',
  ),
  sslkeylogfile: never('no value: the keys of a session are not written to a file'),
  ssl_min_protocol_version: only(
    ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
    'TLSv1.2, which is the least that is spoken',
  ),
  ssl_max_protocol_version: only(['TLSv1.3', ''], 'TLSv1.3'),
  min_protocol_version: only(['3.0'], '3.0, which is what is spoken'),
  max_protocol_version: only(['3.0', '3.2', 'latest'], '3.0, 3.2 or latest'),
  require_auth: never('no value; channel_binding=require asks for SCRAM that is bound to TLS'),
  requirepeer: never('no value: the owner of a socket is not checked'),
  gssencmode: known(
    ['disable', 'prefer'],
    ['require'],
    'disable or prefer: GSSAPI is not supported',
  ),
  gssdelegation: only(['0'], '0: GSSAPI is not supported'),
  gsslib: never(NO_GSSAPI),
  krbsrvname: never(NO_GSSAPI),
  replication: only(['false', 'off', 'no', '0'], 'no value: this is not a replica'),
  service: never(
    'no value: pg_service.conf is not read; write what the service says: host=… port=… dbname=… user=…',
  ),
  servicefile: never('no value: pg_service.conf is not read'),
  scram_client_key: never('no value: give the password'),
  scram_server_key: never('no value: give the password'),
  ...Object.fromEntries(
    ['oauth_issuer', 'oauth_client_id', 'oauth_client_secret', 'oauth_scope'].map((name) => [
      name,
      never('no value: OAuth is not supported'),
    ]),
  ),
};

const STRICT_CERTIFICATES = 'no value; write sslmode=verify-full';

/** Those of Prisma, Supabase, node-postgres and smart drivers, which are pasted along. */
const FOREIGN: Readonly<Record<string, Rule>> = {
  pgbouncer: only(['true', 'false'], 'true or false'),
  sslaccept: only(['accept_invalid_certs'], STRICT_CERTIFICATES),
  ...Object.fromEntries(
    `connection_limit pool_timeout pool_mode pool_size schema supa uselibpqcompat socket_timeout
     statement_cache_size query_timeout statement_timeout lock_timeout idle_in_transaction_session_timeout
     keepAlive connectionTimeoutMillis idleTimeoutMillis max min max_connections load_balance topology_keys
     prepareThreshold serverVersion charset encoding`
      .split(/\s+/)
      .map((name) => [name, 'leftOut' as const]),
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
  PGSSLCRL: 'sslcrl',
  PGSSLCRLDIR: 'sslcrldir',
  PGSSLSNI: 'sslsni',
  PGSSLCERTMODE: 'sslcertmode',
  PGREQUIREAUTH: 'require_auth',
  PGREQUIREPEER: 'requirepeer',
  PGGSSENCMODE: 'gssencmode',
};
