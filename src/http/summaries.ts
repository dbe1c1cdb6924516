import type {
  ConnectionFacts,
  Operation,
  ReplicaFigures,
  RunResult,
} from '../probe/results/result.js';
import type { Statistics } from '../probe/results/statistics.js';
import {
  countFailures,
  failuresOf,
  resultsByOperation,
  summariseRun,
  type OperationResult,
  type OperationResults,
} from '../probe/results/summary.js';
import { hostsOf, type QueryOperation, type Target } from '../config/target.js';
import type { ConnectionFactsAnswer, ConnectionReport } from '../api/answer-parts.js';
import { inPublicWords } from '../api/public-words.js';
import type {
  BenchmarkAnswer,
  OperationSummary,
  ReplicaSummary,
  RunSummary,
} from '../api/answers.js';

export const NOT_CONFIGURED = 'not configured';

/** The host of a target, or its hosts with commas, as the answers show it. */
export function dbHostOf(target: Target | undefined): string {
  if (target === undefined) return NOT_CONFIGURED;
  return hostsOf(target)
    .map(({ host }) => host)
    .join(',');
}

/** RFC 3339 in UTC, to the second: the form that this field has had from the first version on. */
export function timestampOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** A run as /api/latest shows it. */
export function toRunSummary(result: RunResult, dbHost: string): RunSummary {
  const operations = summariseRun(result);
  return {
    target: result.target,
    db_host: dbHost,
    trigger: result.trigger,
    outcome: result.outcome,
    iterations: result.iterations,
    timestamp: new Date(result.startedAt + result.durationMs).toISOString(),
    duration_ms: result.durationMs,
    table_rows: result.tableRows,
    operations: {
      connect: toOperationSummary(operations.connect),
      ping: toOperationSummary(operations.ping),
      select: toOperationSummary(operations.select),
      insert: toOperationSummary(operations.insert),
    },
    queries: queriesOf(operations),
    replica: result.replica && toReplicaSummary(result.replica),
    ...toConnectionReport(result),
  };
}

/** The own queries that a run had. */
function queriesOf(operations: OperationResults): Record<QueryOperation, OperationSummary> {
  const own = resultsByOperation(operations).filter(([name]) => name.startsWith('query_'));
  return Object.fromEntries(
    own.map(([name, result]) => [name, inPublicWords(toOperationSummary(result))]),
  );
}

/** The server's message about an own query may hold its parameters and rows: it stays in the log. */
export function shownFailure<F extends { operation: Operation }>(failure: F): F {
  return failure.operation.startsWith('query_') ? inPublicWords(failure) : failure;
}

function toReplicaSummary({ lagMs, visibility }: ReplicaFigures): ReplicaSummary {
  return {
    replication_lag_ms: lagMs,
    visibility_delay_ms: visibility?.ok === true ? visibility.durationMs : null,
    visibility_failure: visibility?.ok === false ? visibility.reason : null,
  };
}

function toConnectionReport({ connection, pooler, failedAttempts }: RunResult): ConnectionReport {
  return {
    connection: connection && toConnectionFacts(connection),
    pooler,
    failed_attempts: countFailures(failedAttempts),
  };
}

function toConnectionFacts(facts: ConnectionFacts): ConnectionFactsAnswer {
  const { phases, address, tlsVersion, certificateNotAfterMs: endMs } = facts;
  return {
    dns_ms: phases.dnsMs,
    tcp_ms: phases.tcpMs,
    tls_ms: phases.tlsMs,
    startup_ms: phases.startupMs,
    address,
    tls_version: tlsVersion,
    certificate_not_after: endMs === null ? null : timestampOf(endMs),
  };
}

function toOperationSummary({ statistics, failures }: OperationResult): OperationSummary {
  const { count, min, avg, max, p50, p95, p99, stddev } = statistics;
  return {
    count,
    min_ms: min,
    avg_ms: avg,
    max_ms: max,
    p50_ms: p50,
    p95_ms: p95,
    p99_ms: p99,
    stddev_ms: stddev,
    failures: [...failures],
  };
}

/** A run as the benchmark answers: the fields of the first version, and those that came later. */
export function toBenchmarkAnswer(
  result: RunResult,
  region: string,
  dbHost: string,
): BenchmarkAnswer {
  const operations = summariseRun(result);
  const { connect, ping, select, insert } = operations;
  return {
    region,
    db_host: dbHost,
    iterations: result.iterations,
    ...prefixed('read', select.statistics),
    ...prefixed('insert', insert.statistics),
    read_latencies: [...select.durationsMs],
    insert_latencies: [...insert.durationsMs],
    timestamp: timestampOf(result.startedAt + result.durationMs),
    target: result.target,
    outcome: result.outcome,
    duration_ms: result.durationMs,
    ...prefixed('ping', ping.statistics),
    ping_latencies: [...ping.durationsMs],
    connect_ms: connect.statistics.p50,
    ...toConnectionReport(result),
    queries: queriesOf(operations),
    failures: failuresOf(operations).map(shownFailure),
  };
}

type Prefixed<P extends string> = Record<
  `${P}_${'avg' | 'min' | 'max' | 'p50' | 'p95' | 'p99' | 'stddev'}_ms`,
  number | null
>;

function prefixed<P extends string>(prefix: P, statistics: Statistics): Prefixed<P> {
  const { count, ...figures } = statistics;
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [`${prefix}_${name}_ms`, value]),
  ) as Prefixed<P>;
}
