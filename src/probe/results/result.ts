import type { BuiltInOperation, QueryOperation } from '../../config/target.js';

/**
 * What the probe measures and what it answers: the contract between the probe's thread and the rest.
 * Everything here is plain data, because it crosses a thread.
 */

/** What is measured: a built-in operation, or a query of the user's own. */
export type Operation = BuiltInOperation | QueryOperation;

/** Who asked for a run. Each kind has its own connection, and one run at a time. */
export const TRIGGERS = ['schedule', 'request'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** Why an operation failed: a closed list, so that it can be a label. */
export const FAILURE_REASONS = [
  'timeout',
  'refused',
  'unreachable',
  'dns',
  'tls',
  'auth',
  'missing_database',
  'too_many_connections',
  'out_of_resources',
  'disk_full',
  'read_only',
  'terminated',
  'lock_timeout',
  'conflict',
  'missing_table',
  'permission',
  'sql',
  'protocol',
  'internal',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Why an attempt at one address of several, or at one host, gives way to the next. */
export const ATTEMPT_REASONS = [
  'timeout',
  'refused',
  'unreachable',
  'dns',
  'tls',
  'terminated',
  'protocol',
  'internal',
] as const satisfies readonly FailureReason[];

export interface Failure {
  readonly ok: false;
  readonly reason: FailureReason;
  /** For people: what the database, the network or the deadline said. Holds no secret. */
  readonly message: string;
}

/** The parts of one connection's time, in milliseconds: tcp + tls + startup is the time of `connect`. */
export interface ConnectPhases {
  /** The look-up of the name, which `connect` leaves out; null: the host is an address. */
  readonly dnsMs: number | null;
  /** Of the attempt that succeeded. */
  readonly tcpMs: number;
  /** From the request for TLS to the end of the handshake; null: none is asked for. */
  readonly tlsMs: number | null;
  /** From the startup packet to ReadyForQuery, with authentication. */
  readonly startupMs: number;
}

/** What is known of one measured connection. */
export interface ConnectionFacts {
  readonly phases: ConnectPhases;
  /** The address that answered; null: a socket of this machine. */
  readonly address: string | null;
  /** `TLSv1.3`, or null without TLS. */
  readonly tlsVersion: string | null;
  /** When the server's certificate ends, in milliseconds since the epoch; null: no TLS. */
  readonly certificateNotAfterMs: number | null;
}

/** A measured operation. A failure has no duration: it is never a latency. */
export type Sample = { readonly ok: true; readonly durationMs: number } | Failure;

/** Of the operations that the run had, in the order in which people read them. */
export type Samples = Readonly<Partial<Record<Operation, readonly Sample[]>>>;

/** Each operation of a run with its samples, in order. */
export function samplesByOperation(samples: Samples): [Operation, readonly Sample[]][] {
  return Object.entries(samples) as [Operation, readonly Sample[]][];
}

/**
 * Of the operations alone: a replica's visibility has failures of its own.
 *
 * - `success`: every operation succeeded;
 * - `partial`: some did;
 * - `failure`: none did, or the probe's thread ended under the run;
 * - `aborted`: the run was ended before its last operation (the client left, the backend stopped).
 */
export const RUN_OUTCOMES = ['success', 'partial', 'failure', 'aborted'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** How far a replica is behind. */
export interface ReplicaFigures {
  /** The replication lag as the server states it, milliseconds; null: it did not. */
  readonly lagMs: number | null;
  /**
   * From the commit of this region's insert on the primary to the answer of the first read
   * that saw the row here; null: not tried, because the run was on demand or ended before it.
   */
  readonly visibility: Sample | null;
}

export interface RunResult {
  readonly target: string;
  readonly trigger: Trigger;
  readonly iterations: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The whole run, with what is not measured in it. */
  readonly durationMs: number;
  readonly outcome: RunOutcome;
  readonly samples: Samples;
  /** Of the measured connection; null: it failed, or the target's runs measure none. */
  readonly connection: ConnectionFacts | null;
  /** Addresses and hosts that failed before another one answered, with why. */
  readonly failedAttempts: readonly Failure[];
  /** A pooler stands before the database: so the configuration says, or so it refused a setting. */
  readonly pooler: boolean;
  /** This region's rows in the probe table, as the last select counted them; null: none did. */
  readonly tableRows: number | null;
  /** What a read-only target adds; null for a read-write one. */
  readonly replica: ReplicaFigures | null;
  /** Why the rows past their retention could not be removed; null: they were, or it is read-only. */
  readonly retentionFailure: Failure | null;
}

/** One operation of a running run, for progress. */
export interface Progress {
  readonly operation: Operation;
  /** From 1; `connect` is measured once. */
  readonly round: number;
  readonly rounds: number;
  readonly sample: Sample;
}
