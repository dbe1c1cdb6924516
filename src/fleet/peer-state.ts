import type { ConnectionReport } from '../api/answer-parts.js';
import { latestAnswer, type LatestAnswer, type RunSummary } from '../api/answers.js';
import { type FleetAnswer, type FleetState, type TargetReading } from '../api/fleet-answer.js';
import type { Peer } from '../config/peers.js';
import { MAX_QUERIES, MAX_TARGETS, type TargetMode } from '../config/target.js';
import { regionOf } from '../regions/regions.js';
import { GRACE_MS, missedRuns, plannedSince } from './missed-runs.js';
import { OtherFleetError, PeerError, printable, requestPeer } from './peer-request.js';
import {
  hasNoDatabase,
  NO_FIGURES,
  queriesOf,
  rowsOfLatest,
  rowWithoutMeasurement,
  targetsOfLatest,
  type FleetRow,
  type KnownTarget,
} from './row.js';

export type FleetLine = FleetAnswer['rows'][number];

/** A target's line in the ranking, and beside it what only the comparison of targets shows. */
export interface TargetLine extends FleetLine, TargetFigures {
  readonly mode: TargetMode;
  readonly follows: string | null;
  /** As missedRuns says. */
  readonly missedRuns: number | null;
  /** `host:port` under which it is asked; null: nobody asks it. */
  readonly address: string | null;
}

type TargetFigures = Pick<TargetReading, 'replication_lag_ms' | 'visibility_delay_ms' | 'queries'>;

const NO_TARGET_FIGURES: TargetFigures = {
  replication_lag_ms: null,
  visibility_delay_ms: null,
  queries: [],
};

/** What was heard of one backend, and when by this machine's clock. */
export interface Heard {
  /** Each target's; the one that is meant by default is the first. */
  readonly lines: readonly TargetLine[];
  readonly atMs: number;
}

/** Sixteen targets with twenty queries each, all of which fail, and twenty incidents. */
const LATEST_BYTES = 768 * 1_024;
const KEPT_FAILURES = 20;
const KEPT_INCIDENTS = 50;
/** Of intervals, after the run that should have been renewed. */
const STALE_AFTER = 2;
const FAILING_AFTER = 4;
const ASSUMED_INTERVAL_MS = 60_000;

/**
 * What a peer last measured, as it answers it.
 *
 * @throws PeerError when it does not answer as it should.
 */
export async function requestLatest(
  peer: Peer,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<LatestAnswer> {
  const answer = await requestPeer({
    origin: peer.origin,
    path: '/api/latest',
    schema: latestAnswer,
    maxBytes: LATEST_BYTES,
    timeoutMs,
    ...(signal !== undefined && { signal }),
  });
  checkRegion(peer, answer.region);
  return answer;
}

/** A peer's latest results. @throws PeerError as requestLatest does, or when it is of another fleet. */
export async function askLatest(
  peer: Peer,
  fleet: string,
  timeoutMs: number,
): Promise<TargetLine[]> {
  const answer = await requestLatest(peer, timeoutMs);
  checkFleet(fleet, answer.fleet);
  return linesOfLatest(answer);
}

/** @throws OtherFleetError when a peer says that it is of another fleet; one that is older than fleets says nothing. */
export function checkFleet(own: string, answered: string | undefined): void {
  if (answered !== undefined && answered !== own) {
    throw new OtherFleetError(own, printable(answered));
  }
}

/** @throws PeerError when a peer answers for another region than it is configured for. */
export function checkRegion({ region }: Peer, answered: string): void {
  if (region === null || region === answered) return;
  throw new PeerError(`it says that it is ${JSON.stringify(printable(answered))}`);
}

/** The rows of an answer, and beside them what the page shows; texts are cut to a bounded length. */
export function linesOfLatest(answer: LatestAnswer): TargetLine[] {
  const targets = targetsOfLatest(answer);
  return rowsOfLatest(answer)
    .slice(0, MAX_TARGETS)
    .map((row, i) => ({
      ...row,
      fleet: answer.fleet === undefined ? null : printable(answer.fleet),
      region: printable(row.region),
      machine: row.machine === null ? null : printable(row.machine),
      instance: row.instance === null ? null : printable(row.instance),
      city: printable(row.city),
      country: row.country === null ? null : printable(row.country),
      flag: printable(row.flag),
      target: row.target === null ? null : printable(row.target),
      error: row.error === null ? null : printable(row.error),
      failures: printableFailures(row.failures),
      ...printableConnection(row),
      state: hasNoDatabase(answer) ? 'no_database' : 'ok',
      schedule: printable(answer.schedule),
      interval_s: answer.interval_s,
      next_run: answer.next_run,
      next_run_in_ms: untilNextMs(answer),
      recent_read_p50_ms: targets[i]?.run?.recent_read_p50_ms ?? [],
      normal: targets[i]?.run?.normal ?? null,
      incidents: (targets[i]?.run?.incidents ?? []).slice(-KEPT_INCIDENTS),
      kept_from: targets[i]?.run?.kept_from ?? null,
      ...coordinatesOf(answer),
      version: answer.version === undefined ? null : printable(answer.version),
      colour: null,
      mode: targets[i]?.mode ?? 'read-write',
      follows: followed(targets, i),
      missedRuns: missedRuns(answer, targets[i]?.run ?? null),
      address: null,
      ...targetFigures(targets[i]?.run ?? null),
    }));
}

/** A backend that does not say is where the catalogue has its region. */
function coordinatesOf({
  region,
  latitude,
  longitude,
}: Pick<LatestAnswer, 'region' | 'latitude' | 'longitude'>) {
  const known = regionOf(region);
  return { latitude: latitude ?? known.latitude, longitude: longitude ?? known.longitude };
}

/** A backend that is older than `follows` means the first, which is the primary. */
function followed(targets: readonly KnownTarget[], i: number): string | null {
  const target = targets[i];
  if (target?.mode !== 'read-only') return null;
  const name = target.follows ?? targets.find(({ mode }) => mode === 'read-write')?.target;
  return name === undefined ? null : printable(name);
}

function untilNextMs({ next_run, timestamp }: LatestAnswer): number | null {
  return next_run === null ? null : Date.parse(next_run) - Date.parse(timestamp);
}

function printableFailures<T extends { message: string }>(failures: readonly T[]): T[] {
  return failures
    .slice(0, KEPT_FAILURES)
    .map((failure) => ({ ...failure, message: printable(failure.message) }));
}

function printableConnection(report: ConnectionReport): ConnectionReport {
  const { connection, pooler, failed_attempts } = report;
  const text = (it: string | null) => (it === null ? null : printable(it));
  return {
    connection: connection && {
      ...connection,
      address: text(connection.address),
      tls_version: text(connection.tls_version),
    },
    pooler,
    failed_attempts: printableFailures(failed_attempts),
  };
}

function targetFigures(run: RunSummary | null): TargetFigures {
  if (run === null) return NO_TARGET_FIGURES;
  return {
    replication_lag_ms: run.replica?.replication_lag_ms ?? null,
    visibility_delay_ms: run.replica?.visibility_delay_ms ?? null,
    queries: queriesOf(run)
      .slice(0, MAX_QUERIES)
      .map(([operation, { p50_ms, p95_ms }]) => ({ operation, p50_ms, p95_ms })),
  };
}

/**
 * A backend's rows as they stand now. Its figures stay, with their age, until they are too old to be compared
 * with those of others. Then they are absent, and the age says since when.
 *
 * @param error why the backend did not answer just now; null: it did.
 */
export function linesAt(heard: Heard, nowMs: number, error: string | null): TargetLine[] {
  return heard.lines.map((line) => {
    const age_ms = line.age_ms === null ? null : line.age_ms + (nowMs - heard.atMs);
    const silentMs = nowMs - heard.atMs;
    const state = stateOf(line, { ageMs: age_ms, silentMs, error });
    const why = error ?? line.error ?? (state === 'stale' || state === 'failing' ? TOO_OLD : null);
    const next_run_in_ms = line.next_run_in_ms === null ? null : line.next_run_in_ms - silentMs;
    const now: TargetLine = { ...line, age_ms, state, error: why, next_run_in_ms };
    const isTooOld = state === 'failing' && line.read_p50_ms !== null;
    return isTooOld ? { ...now, ...NO_FIGURES, ...NO_TARGET_FIGURES, normal: null } : now;
  });
}

const TOO_OLD = 'its schedule does not run: the latest run is overdue';

function stateOf(
  {
    read_p50_ms,
    interval_s,
    timestamp,
    state,
    missedRuns: missed,
    next_run_in_ms: nextMs,
  }: TargetLine,
  { ageMs, silentMs, error }: { ageMs: number | null; silentMs: number; error: string | null },
): FleetState {
  if (state === 'no_database' && error === null) return state;
  const intervalMs = (interval_s ?? 0) * 1_000 || ASSUMED_INTERVAL_MS;
  const runsMissed =
    missed === null || nextMs === null ? null : missed + plannedSince(nextMs, intervalMs, silentMs);
  const old = (intervals: number) =>
    runsMissed !== null
      ? runsMissed >= intervals
      : (ageMs ?? (error === null ? 0 : silentMs)) > intervals * intervalMs + GRACE_MS;
  if (timestamp === null && error === null) return 'waiting';
  if (timestamp !== null && read_p50_ms === null) return 'failing';
  if (old(FAILING_AFTER)) return 'failing';
  if (error !== null || old(STALE_AFTER)) return 'stale';
  return 'ok';
}

/** A backend that was never heard. */
export function lineOfSilence(peer: Peer, error: string): TargetLine {
  const row: FleetRow = rowWithoutMeasurement(peer.region ?? new URL(peer.origin).host, {
    error,
    reason: null,
  });
  return {
    ...row,
    fleet: null,
    failures: [],
    state: 'unreachable',
    schedule: null,
    interval_s: null,
    next_run: null,
    next_run_in_ms: null,
    recent_read_p50_ms: [],
    normal: null,
    incidents: [],
    kept_from: null,
    ...coordinatesOf(row),
    version: null,
    colour: null,
    mode: 'read-write',
    follows: null,
    missedRuns: null,
    address: null,
    ...NO_TARGET_FIGURES,
  };
}
