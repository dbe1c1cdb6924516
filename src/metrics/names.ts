import {
  ATTEMPT_REASONS,
  FAILURE_REASONS,
  RUN_OUTCOMES,
  TRIGGERS,
} from '../probe/results/result.js';
import { BUILT_IN_OPERATIONS } from '../config/target.js';

/**
 * Every metric that a backend exports: its name, type, help text and labels. The dashboards, the rules' tests
 * and docs/metrics.md are compared with this file.
 *
 * `fleet` and `region` are labels of everything, set once on the registry.
 */

/** `first` × 1.1ⁿ for n from `from` to `to`, each `step`-th, to three significant digits. */
function fineBuckets(first: number, from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) =>
    Number((first * 1.1 ** (from + i * step)).toPrecision(3)),
  );
}

/**
 * Seconds. × 1.1 where a one-round-trip operation lies: 0.1 to 4.1 ms for a database in the same region,
 * 6 to 330 ms for one elsewhere on earth. × 1.2 between the two and up to 580 ms, coarse above. With
 * these a 20 % change is visible in the median of every region; the usual buckets hide it in
 * nine of ten. Each bound costs three series a target: see docs/metrics.md.
 */
export const OPERATION_BUCKETS = [
  ...fineBuckets(0.006, -43, -4),
  ...fineBuckets(0.006, -2, -2),
  ...fineBuckets(0.006, 0, 42),
  ...fineBuckets(0.006, 44, 48, 2),
  0.8,
  1,
  1.5,
  2.5,
  5,
  10,
];

/**
 * Seconds. `connect` takes four round trips without TLS and seven with it (docs/methodology.md), so
 * the fine part lies five times higher: × 1.1 from 30 to 520 ms, × 1.2 up to 3 s. A run has one connect.
 */
export const CONNECT_BUCKETS = [
  ...[0.002, 0.0035, 0.005, 0.007, 0.01, 0.02],
  ...fineBuckets(0.03, 0, 30),
  ...fineBuckets(0.03, 32, 48, 2),
  ...[4, 5, 7.5, 10],
];

/** Seconds: a run is some thirty round trips and one new connection, and may hold timeouts. */
export const RUN_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];

/**
 * Seconds. A visibility delay is at least one way and one round trip: milliseconds beside the primary,
 * half a second across the world, anything behind a long transaction. Six bounds a decade, each about
 * half as much again as the one before, tell these apart from 1 ms up to the longest timeout.
 */
export const VISIBILITY_BUCKETS = [
  ...[0.001, 0.01, 0.1, 1].flatMap((unit) =>
    [1, 1.5, 2.2, 3.3, 4.7, 6.8].map((step) => Number((step * unit).toPrecision(2))),
  ),
  ...[10, 15, 22, 33, 47, 60],
];

/** Seconds: a tick is on time within tens of milliseconds. */
export const SCHEDULE_DELAY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Seconds: from an answer out of memory to a benchmark of a hundred rounds. */
export const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30];

/** The ones that a caller may invent are `other`. */
export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'] as const;

/** A connection that was let go of, a request that was refused. */
export const SHED_KINDS = ['connection', 'request'] as const;
export type ShedKind = (typeof SHED_KINDS)[number];

export const SKIP_REASONS = ['overlap', 'missed'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export const OPERATION_OUTCOMES = ['success', 'failure'] as const;
export const RUN_STATISTICS = ['min', 'median', 'max'] as const;

/** In the order of a connection. `dns` lies outside `connect`, which is the sum of the others. */
export const CONNECT_PHASES = ['dns', 'tcp', 'tls', 'startup'] as const;
export type ConnectPhase = (typeof CONNECT_PHASES)[number];

export const METRICS = {
  operationDuration: {
    name: 'pglatency_operation_duration_seconds',
    type: 'histogram',
    help: 'Duration of each successful operation of the scheduled runs, in seconds.',
    labels: ['target', 'operation'],
  },
  operations: {
    name: 'pglatency_operations_total',
    type: 'counter',
    help: 'Operations of the scheduled runs, by outcome.',
    labels: ['target', 'operation', 'outcome'],
  },
  operationFailures: {
    name: 'pglatency_operation_failures_total',
    type: 'counter',
    help: 'Failed operations of the scheduled runs, by reason.',
    labels: ['target', 'operation', 'reason'],
  },
  lastRunOperation: {
    name: 'pglatency_last_run_operation_seconds',
    type: 'gauge',
    help: 'Minimum, median and maximum of each operation in the latest scheduled run, in seconds; absent where nothing was measured.',
    labels: ['target', 'operation', 'statistic'],
  },
  connectPhase: {
    name: 'pglatency_connect_phase_seconds',
    type: 'summary',
    help: "Time of each phase of the scheduled runs' connections, in seconds; tcp, tls and startup add up to connect, dns is not part of it.",
    labels: ['target', 'phase'],
  },
  lastRunConnectPhase: {
    name: 'pglatency_last_run_connect_phase_seconds',
    type: 'gauge',
    help: 'Time of each phase of the connection of the latest scheduled run, in seconds; absent where it had no such phase.',
    labels: ['target', 'phase'],
  },
  connectAttemptFailures: {
    name: 'pglatency_connect_attempt_failures_total',
    type: 'counter',
    help: 'Addresses and hosts that failed before another one answered, in the scheduled runs, by reason.',
    labels: ['target', 'reason'],
  },
  certificateNotAfter: {
    name: 'pglatency_tls_certificate_not_after_timestamp_seconds',
    type: 'gauge',
    help: "When the server's certificate ends, in Unix seconds, as the latest scheduled connection saw it; absent without TLS.",
    labels: ['target'],
  },
  targetInfo: {
    name: 'pglatency_target_info',
    type: 'gauge',
    help: 'Always 1; how each target is measured, and the primary that a replica follows.',
    labels: ['target', 'mode', 'follows'],
  },
  targetUp: {
    name: 'pglatency_target_up',
    type: 'gauge',
    help: '1 if every operation of the latest scheduled run succeeded, 0 from the first failure of a run on; absent before the first.',
    labels: ['target'],
  },
  probeTableRows: {
    name: 'pglatency_probe_table_rows',
    type: 'gauge',
    help: "This region's rows in the probe table, as the latest scheduled run counted them.",
    labels: ['target'],
  },
  replicationLag: {
    name: 'pglatency_replication_lag_seconds',
    type: 'gauge',
    help: 'Replication lag of a read-only target as the server stated it in the latest scheduled run, in seconds; absent where it did not.',
    labels: ['target'],
  },
  visibilityDelay: {
    name: 'pglatency_visibility_delay_seconds',
    type: 'histogram',
    help: "From an insert's commit on the primary to the first read of the row on a read-only target, in seconds.",
    labels: ['target'],
  },
  lastRunVisibilityDelay: {
    name: 'pglatency_last_run_visibility_delay_seconds',
    type: 'gauge',
    help: 'Visibility delay of a read-only target in the latest scheduled run, in seconds; absent where it was not measured.',
    labels: ['target'],
  },
  visibilityFailures: {
    name: 'pglatency_visibility_failures_total',
    type: 'counter',
    help: 'Scheduled runs of a read-only target whose visibility delay could not be measured, by reason.',
    labels: ['target', 'reason'],
  },
  runs: {
    name: 'pglatency_runs_total',
    type: 'counter',
    help: 'Runs, by what triggered them and how they ended.',
    labels: ['target', 'trigger', 'outcome'],
  },
  runDuration: {
    name: 'pglatency_run_duration_seconds',
    type: 'histogram',
    help: 'Duration of whole runs, in seconds.',
    labels: ['target', 'trigger'],
  },
  lastRunTimestamp: {
    name: 'pglatency_last_run_timestamp_seconds',
    type: 'gauge',
    help: 'When the latest scheduled run ended, in Unix seconds; absent before the first.',
    labels: ['target'],
  },
  lastSuccessTimestamp: {
    name: 'pglatency_last_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the latest wholly successful scheduled run ended, in Unix seconds; absent before the first.',
    labels: ['target'],
  },
  scheduleInterval: {
    name: 'pglatency_schedule_interval_seconds',
    type: 'gauge',
    help: 'Time between two planned runs, in seconds.',
    labels: [],
  },
  scheduleNextRun: {
    name: 'pglatency_schedule_next_run_timestamp_seconds',
    type: 'gauge',
    help: 'When the next run is planned, in Unix seconds; absent where nothing is measured.',
    labels: [],
  },
  scheduleLastPlanned: {
    name: 'pglatency_schedule_last_planned_timestamp_seconds',
    type: 'gauge',
    help: 'When the latest tick was due, whether it came or was missed, in Unix seconds; absent before the first.',
    labels: [],
  },
  scheduleDelay: {
    name: 'pglatency_schedule_delay_seconds',
    type: 'histogram',
    help: "Delay of a scheduled run's start behind its plan, in seconds.",
    labels: [],
  },
  scheduleSkipped: {
    name: 'pglatency_schedule_skipped_total',
    type: 'counter',
    help: "Planned runs that did not start: the target's previous run had not ended (overlap), or the process was too late (missed).",
    labels: ['reason'],
  },
  clockSteps: {
    name: 'pglatency_clock_steps_total',
    type: 'counter',
    help: 'Steps of the wall clock, forward or back, after which the next run was planned anew; a sleep of the machine may count as one.',
    labels: [],
  },
  workerRestarts: {
    name: 'pglatency_worker_restarts_total',
    type: 'counter',
    help: "Restarts of the probe's thread after it crashed, or was silent for seconds.",
    labels: [],
  },
  reloadSuccessful: {
    name: 'pglatency_config_last_reload_successful',
    type: 'gauge',
    help: '1 if the configuration in force is the one last read, 0 if that one was invalid and changed nothing.',
    labels: [],
  },
  reloadTimestamp: {
    name: 'pglatency_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the configuration in force was read, in Unix seconds.',
    labels: [],
  },
  httpRequestDuration: {
    name: 'pglatency_http_request_duration_seconds',
    type: 'histogram',
    help: 'Duration of HTTP requests to this backend, in seconds.',
    labels: ['method', 'route', 'status'],
  },
  httpShed: {
    name: 'pglatency_http_shed_total',
    type: 'counter',
    help: 'Connections closed and requests refused because there were too many.',
    labels: ['kind'],
  },
  logLinesDropped: {
    name: 'pglatency_log_lines_dropped_total',
    type: 'counter',
    help: "Lines that the log's device did not take: it was full, closed or stuck.",
    labels: [],
  },
  tunnelLastHandshake: {
    name: 'pglatency_wireguard_last_handshake_timestamp_seconds',
    type: 'gauge',
    help: "When the hub last answered a handshake of this region's tunnel, in Unix seconds; absent before the first, and without a tunnel.",
    labels: [],
  },
  tunnelReceiveBytes: {
    name: 'pglatency_wireguard_receive_bytes_total',
    type: 'counter',
    help: "Bytes received through this region's tunnel; absent without one.",
    labels: [],
  },
  tunnelTransmitBytes: {
    name: 'pglatency_wireguard_transmit_bytes_total',
    type: 'counter',
    help: "Bytes sent through this region's tunnel; absent without one.",
    labels: [],
  },
  regionInfo: {
    name: 'pglatency_region_info',
    type: 'gauge',
    help: 'Always 1; where this region is.',
    labels: ['city', 'country', 'latitude', 'longitude'],
  },
  buildInfo: {
    name: 'pglatency_build_info',
    type: 'gauge',
    help: 'Always 1; what is running.',
    labels: ['version', 'node', 'revision'],
  },
} as const satisfies Record<
  string,
  {
    name: string;
    type: 'counter' | 'gauge' | 'histogram' | 'summary';
    help: string;
    labels: readonly string[];
  }
>;

/** The values of every label whose values are a closed list. */
export const LABEL_VALUES = {
  operation: BUILT_IN_OPERATIONS,
  outcome: { operations: OPERATION_OUTCOMES, runs: RUN_OUTCOMES },
  kind: SHED_KINDS,
  phase: CONNECT_PHASES,
  reason: { failures: FAILURE_REASONS, attempts: ATTEMPT_REASONS, skipped: SKIP_REASONS },
  statistic: RUN_STATISTICS,
  trigger: TRIGGERS,
} as const;
