/** How the connection to a target is encrypted; libpq's names for `sslmode`. */
export type Tls =
  | { readonly mode: 'disable' }
  | { readonly mode: 'require' }
  | {
      readonly mode: 'verify-full';
      /** Trusted authorities, PEM. */
      readonly ca: string | readonly string[];
      /** The name that the certificate must bear; null: the host's. */
      readonly servername: string | null;
    };

export const SSL_MODES = ['disable', 'require', 'verify-full'] as const satisfies Tls['mode'][];

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

/** A database that is measured. Plain data: it crosses to the probe's thread. */
export interface Target {
  /** The `target` label. */
  readonly name: string;
  readonly mode: TargetMode;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | null;
  readonly database: string;
  readonly tls: Tls;
  /** The deadline of each operation, in milliseconds. */
  readonly operationTimeoutMs: number;
  /** In the order of BUILT_IN_OPERATIONS; without `insert` when the target is read-only. */
  readonly operations: readonly BuiltInOperation[];
  readonly queries: readonly OwnQuery[];
  /** A pooler stands before the database, which refuses startup parameters. */
  readonly pooler: boolean;
  /** Of a read-only target: the read-write one whose rows arrive here; otherwise null. */
  readonly replicaOf: string | null;
}

export const MAX_TARGETS = 16;
/** Of a target. */
export const MAX_QUERIES = 20;

/** Every operation of a target: the built-in ones, then its own queries. */
export function operationsOf(target: Pick<Target, 'operations' | 'queries'>) {
  return [...target.operations, ...target.queries.map(({ operation }) => operation)];
}
