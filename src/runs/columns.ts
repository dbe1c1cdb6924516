import type { FailureReason, Operation } from '../probe/results/result.js';

/** What is kept of a run, in milliseconds. */
export const HISTORY_COLUMNS = [
  'connect_ms',
  'connect_dns_ms',
  'connect_tcp_ms',
  'connect_tls_ms',
  'connect_startup_ms',
  'ping_p50_ms',
  'read_min_ms',
  'read_p50_ms',
  'read_p95_ms',
  'read_max_ms',
  'insert_min_ms',
  'insert_p50_ms',
  'insert_p95_ms',
  'insert_max_ms',
] as const;
export type HistoryColumn = (typeof HISTORY_COLUMNS)[number];

export interface HistoryFailure {
  readonly ended_at_s: number;
  readonly operation: Operation;
  readonly reason: FailureReason;
  readonly count: number;
}
