import type { ConnectionReport } from '../api/answer-parts.js';
import type {
  BenchmarkAnswer,
  LatestAnswer,
  OperationSummary,
  RunSummary,
} from '../api/answers.js';
import type { FailureReason } from '../probe/results/result.js';
import { regionOf } from '../regions/regions.js';
import { BUILT_IN_OPERATIONS, type QueryOperation, type TargetMode } from '../config/target.js';
import { primaryOf } from './best-target.js';

/** One region's line in the ranked table. Milliseconds; what was not measured is null, never 0. */
export interface FleetRow extends ConnectionReport {
  /** From 1; null for a region whose reads were not measured. */
  readonly rank: number | null;
  readonly region: string;
  /** The machine that the backend runs on; null: it did not say. */
  readonly machine: string | null;
  /** What tells it from the other backends of its region; null: it is the only one. */
  readonly machine_short: string | null;
  /** The backend's process, new at each start; null: it did not say. */
  readonly instance: string | null;
  readonly city: string;
  readonly country: string | null;
  readonly flag: string;
  readonly target: string | null;
  readonly insert_p50_ms: number | null;
  readonly insert_p95_ms: number | null;
  readonly read_p50_ms: number | null;
  readonly read_p95_ms: number | null;
  readonly ping_p50_ms: number | null;
  readonly connect_ms: number | null;
  /**
   * The median insert over the median ping, which is one round trip, to two decimals; null: one of
   * them was not measured, or the path is too short for the quotient to mean anything.
   */
  readonly insert_round_trips: number | null;
  readonly iterations: number | null;
  readonly failures: BenchmarkAnswer['failures'];
  /** When the run ended, RFC 3339; null: there was none. */
  readonly timestamp: string | null;
  /** How old the run is. */
  readonly age_ms: number | null;
  /** Why the region has no rank; null: it has one, or will have. */
  readonly error: string | null;
  readonly reason: FailureReason | null;
}

/** What is said of a connection that was not measured. */
const NO_CONNECTION: ConnectionReport = {
  connection: null,
  pooler: false,
  failed_attempts: [],
};

/** The figures of a region that was not measured. */
export const NO_FIGURES = {
  insert_p50_ms: null,
  insert_p95_ms: null,
  read_p50_ms: null,
  read_p95_ms: null,
  ping_p50_ms: null,
  connect_ms: null,
  insert_round_trips: null,
  ...NO_CONNECTION,
} satisfies Partial<FleetRow>;

/** On a shorter path, the work of the database takes as long as the path. */
const LEAST_PING_MS = 2;

type Where = Pick<
  FleetRow,
  'region' | 'machine' | 'machine_short' | 'instance' | 'city' | 'country' | 'flag'
>;
type Fault = { readonly error: string; readonly reason: FailureReason | null };

/** One of a backend's targets, and its latest scheduled run. */
export interface KnownTarget {
  readonly target: string;
  readonly mode: TargetMode;
  /** As TargetRead says. */
  readonly follows: string | null | undefined;
  /** null: there was none yet. */
  readonly run: LatestAnswer['runs'][number] | null;
}

/** A backend's targets in the order of its configuration, the one that is meant by default first. */
export function targetsOfLatest({ targets, runs }: LatestAnswer): KnownTarget[] {
  const unlisted = () =>
    runs.map(({ target, replica }) => ({ target, mode: modeOf(replica), follows: undefined }));
  const known = (targets ?? unlisted()).map(({ target, mode, follows }) => ({
    target,
    mode,
    follows,
    run: runs.find((run) => run.target === target) ?? null,
  }));
  const primary = primaryOf(known);
  return primary === undefined ? known : [primary, ...known.filter((it) => it !== primary)];
}

/** A backend's latest scheduled runs, a row for each target; one row that says so when it has none. */
export function rowsOfLatest(latest: LatestAnswer): FleetRow[] {
  const { region, machine = null, instance = null, city, country, flag } = latest;
  const where = { region, machine, machine_short: null, instance, city, country, flag };
  const why = hasNoDatabase(latest) ? 'no database is configured' : 'no run yet';
  const noRun = emptyRow(where, { error: why, reason: null });
  const rows = targetsOfLatest(latest).map(({ target, run }) =>
    run === null ? { ...noRun, target } : rowOfRun(where, run, Date.parse(latest.timestamp)),
  );
  return rows.length === 0 ? [noRun] : rows;
}

/** An older backend does not name its targets. */
export function hasNoDatabase({ targets }: LatestAnswer): boolean {
  return targets?.length === 0;
}

/** Only a replica has its figures. */
function modeOf(replica: RunSummary['replica']): TargetMode {
  return replica === null ? 'read-write' : 'read-only';
}

/** @param now the answering backend's clock, milliseconds since the epoch */
function rowOfRun(where: Where, run: RunSummary, now: number): FleetRow {
  const { connect, ping, select, insert } = run.operations;
  const summaries = [
    ...BUILT_IN_OPERATIONS.map((operation) => [operation, run.operations[operation]] as const),
    ...queriesOf(run),
  ];
  const failures = summaries.flatMap(([operation, summary]) =>
    summary.failures.map((failure) => ({ operation, ...failure })),
  );
  return {
    rank: null,
    ...where,
    target: run.target,
    insert_p50_ms: insert.p50_ms,
    insert_p95_ms: insert.p95_ms,
    read_p50_ms: select.p50_ms,
    read_p95_ms: select.p95_ms,
    ping_p50_ms: ping.p50_ms,
    connect_ms: connect.p50_ms,
    insert_round_trips: roundTrips(insert.p50_ms, ping.p50_ms),
    ...connectionOf(run),
    iterations: run.iterations,
    failures,
    timestamp: run.timestamp,
    age_ms: Math.max(0, now - Date.parse(run.timestamp)),
    ...faultOf(select.p50_ms, failures),
  };
}

/** The user's own queries that a run had. */
export function queriesOf({ queries }: RunSummary): [QueryOperation, OperationSummary][] {
  return Object.entries(queries) as [QueryOperation, OperationSummary][];
}

/** An on-demand run's row; it has just ended, so that it has no age yet. */
export function rowOfBenchmark(answer: BenchmarkAnswer): FleetRow {
  return {
    rank: null,
    ...whereIs(answer.region),
    target: answer.target,
    insert_p50_ms: answer.insert_p50_ms,
    insert_p95_ms: answer.insert_p95_ms,
    read_p50_ms: answer.read_p50_ms,
    read_p95_ms: answer.read_p95_ms,
    ping_p50_ms: answer.ping_p50_ms,
    connect_ms: answer.connect_ms,
    insert_round_trips: roundTrips(answer.insert_p50_ms, answer.ping_p50_ms),
    ...connectionOf(answer),
    iterations: answer.iterations,
    failures: answer.failures,
    timestamp: answer.timestamp,
    age_ms: 0,
    ...faultOf(answer.read_p50_ms, answer.failures),
  };
}

/** The row of a region that did not answer, or answered with an error. */
export function rowWithoutMeasurement(region: string, fault: Fault): FleetRow {
  return emptyRow(whereIs(region), fault);
}

function connectionOf({ connection, pooler, failed_attempts }: ConnectionReport): ConnectionReport {
  return { connection, pooler, failed_attempts };
}

/** A region outside the catalogue is shown by its code. */
function whereIs(code: string): Where {
  const { city, country, flag } = regionOf(code);
  return { region: code, machine: null, machine_short: null, instance: null, city, country, flag };
}

/** The select's failure first: it is what keeps a row from being ranked. */
function faultOf(readMs: number | null, failures: FleetRow['failures']) {
  if (readMs !== null) return { error: null, reason: null };
  const failure = failures.find(({ operation }) => operation === 'select') ?? failures[0];
  return failure === undefined
    ? { error: 'no select was measured', reason: null }
    : { error: failure.message, reason: failure.reason };
}

function roundTrips(operationMs: number | null, pingMs: number | null): number | null {
  if (operationMs === null || pingMs === null || pingMs < LEAST_PING_MS) return null;
  return Math.round((operationMs / pingMs) * 100) / 100;
}

function emptyRow(where: Where, { error, reason }: Fault): FleetRow {
  return {
    rank: null,
    ...where,
    target: null,
    ...NO_FIGURES,
    iterations: null,
    failures: [],
    timestamp: null,
    age_ms: null,
    error,
    reason,
  };
}
