/**
 * What the probe measures and what it answers: the contract between the probe's thread and the rest.
 * Everything here is plain data, because it crosses a thread.
 */

/** In the order in which people read them. */
export const OPERATIONS = ['connect', 'ping', 'select', 'insert'] as const;
export type Operation = (typeof OPERATIONS)[number];

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
  'too_many_connections',
  'read_only',
  'terminated',
  'missing_table',
  'permission',
  'sql',
  'internal',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

export interface Failure {
  readonly ok: false;
  readonly reason: FailureReason;
  /** For people: what the database, the network or the deadline said. Holds no secret. */
  readonly message: string;
}

/** A measured operation. A failure has no duration: it is never a latency. */
export type Sample = { readonly ok: true; readonly durationMs: number } | Failure;

export type Samples = Readonly<Record<Operation, readonly Sample[]>>;

/**
 * - `success`: every operation succeeded;
 * - `partial`: some did;
 * - `failure`: none did;
 * - `aborted`: the run was ended before its last operation (the client left, the backend stopped).
 */
export const RUN_OUTCOMES = ['success', 'partial', 'failure', 'aborted'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

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
  /** This region's rows in the probe table, as the last select counted them; null: none did. */
  readonly tableRows: number | null;
  /** Why the rows past their retention could not be removed; null: they were. */
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
