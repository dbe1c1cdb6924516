import type { Authentication } from './require-auth.js';

/** libpq's names for `sslmode`, from the least to the most that is asked of the server. */
export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** How TLS begins; libpq's names for `sslnegotiation`. `direct` needs a server of version 17 or later. */
export const SSL_NEGOTIATIONS = ['postgres', 'direct'] as const;
export type SslNegotiation = (typeof SSL_NEGOTIATIONS)[number];

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** How the connection to a target is encrypted. */
export interface Tls {
  readonly mode: SslMode;
  readonly negotiation: SslNegotiation;
  /** Trusted authorities, PEM; null: none, because the mode checks no certificate. */
  readonly ca: string | readonly string[] | null;
  /** Where `ca` comes from, for people; null: there is none. */
  readonly caOrigin: string | null;
  /** The name that SNI carries and that `verify-full` checks; null: the host's. */
  readonly servername: string | null;
  /** The oldest version that is spoken; absent: TLSv1.2. */
  readonly minVersion?: TlsVersion;
  /** The newest; absent: TLSv1.3. */
  readonly maxVersion?: TlsVersion;
  /** What the client shows of itself, PEM; null: nothing. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | null;
}

export const NO_TLS: Tls = {
  mode: 'disable',
  negotiation: 'postgres',
  ca: null,
  caOrigin: null,
  servername: null,
  clientCertificate: null,
};

/** The operations that the probe knows by itself, in the order in which people read them. */
export const BUILT_IN_OPERATIONS = ['connect', 'ping', 'select', 'insert'] as const;
export type BuiltInOperation = (typeof BUILT_IN_OPERATIONS)[number];

/** A query of the user's own, as the label `operation` shows it. */
export type QueryOperation = `query_${string}`;

/** - `read-only`: a replica; it is never written to, and has a replication lag. */
export const TARGET_MODES = ['read-write', 'read-only'] as const;
export type TargetMode = (typeof TARGET_MODES)[number];

/** Which buckets an own query's latencies are counted in. */
export const BUCKET_LAYOUTS = ['operation', 'connect'] as const;
export type BucketLayout = (typeof BUCKET_LAYOUTS)[number];

/** A query of the user's own, measured like the others. */
export interface OwnQuery {
  readonly operation: QueryOperation;
  /** One statement, which reads. */
  readonly sql: string;
  /** The values of $1, $2 and so on. */
  readonly parameters: readonly (string | number | boolean | null)[];
  /** Measured in every n-th run, from 1. */
  readonly everyRuns: number;
  readonly timeoutMs: number;
  readonly buckets: BucketLayout;
}

/** libpq's target_session_attrs: what the session, or the server, must be. */
export const SESSION_ATTRIBUTES = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
] as const;
export type SessionAttributes = (typeof SESSION_ATTRIBUTES)[number];

/** A database that is measured. Plain data: it crosses to the probe's thread. */
export interface Target {
  /** The `target` label. */
  readonly name: string;
  readonly mode: TargetMode;
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | null;
  /** A program and its arguments, which prints the password; absent: `password` holds. */
  readonly passwordCommand?: readonly string[];
  readonly database: string;
  readonly tls: Tls;
  /** The deadline of each operation, in milliseconds. */
  readonly operationTimeoutMs: number;
  /** In the order of BUILT_IN_OPERATIONS; without `insert` when the target is read-only. */
  readonly operations: readonly BuiltInOperation[];
  readonly queries: readonly OwnQuery[];
  /** Where the probe's table is; null: the first schema of the role's search path. */
  readonly probeSchema: string | null;
  /** libpq's `options`, for the startup packet; absent: none. */
  readonly startupOptions?: string;
  /** libpq's channel_binding=require; absent: no. */
  readonly isBindingRequired?: boolean;
  /** Tried in their order when `host` does not answer, or is not what is asked for; absent: none. */
  readonly otherHosts?: readonly TargetHost[];
  /** libpq's require_auth: how the server may ask for a proof; absent: in every way that is spoken. */
  readonly allowedAuthentication?: readonly Authentication[];
  /** Absent: any. */
  readonly sessionAttributes?: SessionAttributes;
  /** libpq's load_balance_hosts=random: hosts and addresses are tried in a random order; absent: no. */
  readonly isLoadBalanced?: boolean;
  /** libpq's connect_timeout, of each address, in milliseconds; absent: the deadline alone holds. */
  readonly connectTimeoutMs?: number;
  /** Parameters of its connection string that do not affect a measurement; absent: none. */
  readonly leftOut?: readonly string[];
  /** A pooler stands before the database, which refuses startup parameters. */
  readonly pooler: boolean;
  /** Of a read-only target: the read-write one whose rows arrive here; otherwise null. */
  readonly replicaOf: string | null;
}

/** What differs between the hosts of a target. */
export type TargetHost = Pick<Target, 'host' | 'port' | 'password' | 'tls'>;

/** Each host of a target, as a target with this host alone. */
export function hostsOf(target: Target): readonly Target[] {
  const { otherHosts, ...first } = target;
  if (otherHosts === undefined) return [target];
  return [first, ...otherHosts.map((other) => ({ ...first, ...other }))];
}

/** `db.example.com:5432`, `[::1]:5432`, `/tmp:5432` */
export function placeOf({ host, port }: Pick<Target, 'host' | 'port'>): string {
  return host.includes(':') && !host.startsWith('/') ? `[${host}]:${port}` : `${host}:${port}`;
}

export const MAX_TARGETS = 16;
/** Of a target. */
export const MAX_QUERIES = 20;

/** Every operation of a target: the built-in ones, then its own queries. */
export function operationsOf(target: Pick<Target, 'operations' | 'queries'>) {
  return [...target.operations, ...target.queries.map(({ operation }) => operation)];
}
