import type { FailureReason } from './result.js';

/** What a pooler or a proxy before the database says, what it means, and what to do where that is sure. */
export interface PoolerText {
  readonly says: RegExp;
  readonly reason: FailureReason;
  readonly remedy?: string;
}

/**
 * The SQLSTATEs under which poolers say nearly everything: only with these does a text count. Their texts
 * are fixed English, unlike PostgreSQL's own.
 */
const VAGUE_CODE = /^(?:08...|0A000|28000|53000|57000|58000|XX000)$/;

const NO_FREE_CONNECTION =
  'the pooler had no free connection to the server: long transactions, a pool that is too small, or a server that is down';
const DEMANDS_TLS = 'set sslmode to `require` or stricter';

/**
 * The server's own errors as a pooler passes them on, under a code of its own: PgBouncer under 08P01
 * up to 1.20, within "cached error: …" from 1.24 on; RDS Proxy after "Request returned an error: ".
 */
const PASSED_ON: readonly PoolerText[] = [
  { says: /password authentication failed|no pg_hba\.conf entry/, reason: 'auth' },
  { says: /role ".*" (?:does not exist|is not permitted to log in)/, reason: 'auth' },
  { says: /database ".*" does not exist/, reason: 'missing_database' },
  {
    says: /too many clients already|remaining connection slots|too many connections for/,
    reason: 'too_many_connections',
  },
];

/** https://github.com/pgbouncer/pgbouncer, src/client.c, objects.c, janitor.c, server.c */
const PGBOUNCER: readonly PoolerText[] = [
  {
    says: /no such database: /,
    reason: 'missing_database',
    remedy: "add it to [databases] of PgBouncer's configuration",
  },
  { says: /database ".*" is disabled/, reason: 'refused', remedy: 'ENABLE it in the console' },
  {
    says: /no such user/,
    reason: 'auth',
    remedy: "add the role to PgBouncer's auth_file, or set auth_query",
  },
  { says: /authentication failed|login rejected|empty password returned/, reason: 'auth' },
  { says: /server login failed: /, reason: 'auth' },
  { says: /\(max_client_conn\)/, reason: 'too_many_connections', remedy: 'raise max_client_conn' },
  { says: /client connections exceeded \(max_/, reason: 'too_many_connections' },
  { says: /resources exhaustion|no memory for|out of memory/, reason: 'out_of_resources' },
  {
    says: /server conn crashed|server shutting down|admin forced disconnect|idle_timeout/,
    reason: 'terminated',
  },
  {
    says: /idle (?:transaction )?timeout|server lifetime over|configuration changed|unexpected eof/,
    reason: 'terminated',
  },
  { says: /query_wait_timeout/, reason: 'timeout', remedy: NO_FREE_CONNECTION },
  {
    says: /client_login_timeout|query_timeout|query timeout|transaction timeout/,
    reason: 'timeout',
  },
  {
    says: /server login has been failing|pgbouncer cannot connect to server/,
    reason: 'refused',
    remedy: 'PgBouncer runs, but cannot reach the server behind it: look at its log',
  },
  { says: /pooler is shutting down/, reason: 'refused' },
  {
    says: /bouncer config error/,
    reason: 'sql',
    remedy: "PgBouncer's configuration is wrong; its log says where",
  },
  { says: /SSL required/, reason: 'tls', remedy: DEMANDS_TLS },
];

/** https://github.com/supabase/supavisor, lib/supavisor/errors, and lib/supavisor/client_handler before 2.9 */
const SUPAVISOR: readonly PoolerText[] = [
  {
    says: /Tenant or user not found|tenant\/user .* not found|no tenant identifier|Either external_id or sni_hostname/,
    reason: 'auth',
    remedy: 'the user name carries the project here: postgres.<project ref>',
  },
  {
    says: /max client(?:s|.connections) reached|Max pools count reached|MaxClientsInSessionMode|\(EMAX/i,
    reason: 'too_many_connections',
  },
  {
    says: /unable to check out (?:a )?(?:connection|process)|failed to check out a connection/i,
    reason: 'timeout',
    remedy: NO_FREE_CONNECTION,
  },
  { says: /timeout while waiting for message/i, reason: 'timeout' },
  { says: /too many authentication failures/, reason: 'auth' },
  {
    says: /too many failed attempts to connect to the database|failed to connect to database|failed to retrieve database credentials|proxy supervisor unavailable|failed to start proxy connection|tenant is banned/i,
    reason: 'refused',
  },
  { says: /Authentication error|\(EAUTHQUERY\)|not in tenant allow_list/i, reason: 'auth' },
  { says: /connection to database closed|DbHandler exited/i, reason: 'terminated' },
  // Azure's gateway says the same.
  { says: /SSL connection is required/, reason: 'tls', remedy: DEMANDS_TLS },
];

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.troubleshooting.html */
const RDS_PROXY: readonly PoolerText[] = [
  { says: /RDS Proxy requires TLS|only with SSL connections/i, reason: 'tls', remedy: DEMANDS_TLS },
  {
    says: /RDS Proxy has no credentials for the role/i,
    reason: 'auth',
    remedy: "add a Secrets Manager secret for this role to the proxy's authentication",
  },
  {
    says: /too many competing requests|number of client connections to the proxy exceeded|Rate of connection to proxy exceeded/,
    reason: 'too_many_connections',
  },
  {
    says: /password that was provided for the role|IAM authentication failed|supports only IAM/,
    reason: 'auth',
  },
  {
    says: /Timed-out waiting to acquire database connection/,
    reason: 'timeout',
    remedy: NO_FREE_CONNECTION,
  },
];

/** https://github.com/postgresml/pgcat, src/client.rs; all under 58000 */
const PGCAT: readonly PoolerText[] = [
  {
    says: /No pool configured for database/,
    reason: 'missing_database',
    remedy: 'add the pool and its user to pgcat.toml',
  },
  { says: /Pool down for database|from the pool - AllServersDown/, reason: 'refused' },
  {
    says: /could not get connection from the pool|checkout failure limit reached/,
    reason: 'timeout',
    remedy: NO_FREE_CONNECTION,
  },
  { says: /pool statement timeout/, reason: 'timeout' },
  { says: /terminating connection|error receiving data from server/, reason: 'terminated' },
];

/** https://github.com/yandex/odyssey, sources/frontend.c; the rest of its errors have PostgreSQL's codes */
const ODYSSEY: readonly PoolerText[] = [
  {
    says: /failed to (?:connect to|get) remote server|can't find suitable host/,
    reason: 'refused',
  },
  { says: /gracefully shutting down|performing online restart/, reason: 'terminated' },
];

/** https://github.com/pgpool/pgpool2, src/protocol/child.c, pool_connection_pool.c; under XX000 and 08S01 */
const PGPOOL: readonly PoolerText[] = [
  {
    says: /backend nodes are down|not accepting any new connections|failed to create a backend/,
    reason: 'refused',
    remedy: 'pgpool-II runs, but cannot reach any server behind it: SHOW POOL_NODES',
  },
  { says: /unable to read data from DB node/, reason: 'terminated' },
];

/** https://github.com/neondatabase/neon, proxy/src/control_plane, proxy/src/auth; https://neon.com/docs/connect/connection-errors */
const NEON: readonly PoolerText[] = [
  {
    says: /exceeded the (?:.* )?quota|Check your quotas/,
    reason: 'out_of_resources',
    remedy: "Neon's quota is used up: raise it, or measure less often",
  },
  {
    says: /endpoint (?:is|has been) disabled/i,
    reason: 'refused',
    remedy: "enable the endpoint in Neon's console",
  },
  {
    says: /endpoint (?:cannot|could not) be found/,
    reason: 'missing_database',
    remedy: 'the host names an endpoint that Neon does not have',
  },
  {
    says: /Endpoint ID is not specified/,
    reason: 'tls',
    remedy:
      "Neon takes the endpoint from the TLS server name: give its host's name, not an address",
  },
  { says: /insecure \(try using/, reason: 'tls', remedy: DEMANDS_TLS },
  {
    says: /Too many connections|Too many database connection attempts/,
    reason: 'too_many_connections',
  },
  { says: /from a blocked network/, reason: 'auth' },
  { says: /Authentication timed out/, reason: 'timeout' },
  { says: /Disconnected due to inactivity/, reason: 'terminated' },
  { says: /Couldn't connect to compute node|Control plane request failed/, reason: 'refused' },
];

const ALL: readonly PoolerText[] = [
  ...PASSED_ON,
  ...PGBOUNCER,
  ...SUPAVISOR,
  ...RDS_PROXY,
  ...PGCAT,
  ...ODYSSEY,
  ...PGPOOL,
  ...NEON,
];

/** PgBouncer, and Neon's; RDS Proxy. */
const STARTUP_REFUSAL =
  /unsupported (?:options )?startup parameter|RDS Proxy currently doesn.t support/;

/** What a pooler means by this text under this code; undefined: nothing that is known. */
export function poolerText(code: string, text: string): PoolerText | undefined {
  if (!VAGUE_CODE.test(code)) return undefined;
  if (STARTUP_REFUSAL.test(text)) return { says: STARTUP_REFUSAL, reason: 'sql' };
  return ALL.find(({ says }) => says.test(text));
}

/** Whether it refuses a parameter of the startup packet. */
export function refusesStartupParameter(text: string): boolean {
  return STARTUP_REFUSAL.test(text);
}
