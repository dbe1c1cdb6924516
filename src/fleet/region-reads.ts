import type { RegionReads, TargetReading } from '../api/fleet-answer.js';
import { bestOfOthers, bestTarget } from './best-target.js';
import type { FleetLine, TargetLine } from './peer-state.js';

/** One backend's targets and the fastest of them; only those whose latest run is fresh compete. */
export function readsOf(lines: readonly [TargetLine, ...TargetLine[]]): RegionReads {
  const [{ region, machine_short, colour, city, flag }] = lines;
  const targets = lines.flatMap((line) =>
    line.target === null ? [] : [readingOf(line, line.target)],
  );
  const fresh = targets.map((it) => (it.state === 'ok' ? it : { ...it, read_p50_ms: null }));
  const best = { ...bestTarget(fresh), others: bestOfOthers(fresh) };
  return { region, machine_short, colour, city, flag, targets, ...best };
}

function readingOf(line: TargetLine, target: string): TargetReading {
  return {
    target,
    mode: line.mode,
    follows: line.follows,
    state: line.state,
    read_p50_ms: line.read_p50_ms,
    read_p95_ms: line.read_p95_ms,
    ping_p50_ms: line.ping_p50_ms,
    connect_ms: line.connect_ms,
    connect_failure: connectFailureOf(line),
    connection: line.connection,
    pooler: line.pooler,
    failed_attempts: line.failed_attempts,
    replication_lag_ms: line.replication_lag_ms,
    visibility_delay_ms: line.visibility_delay_ms,
    queries: line.queries,
    normal: line.normal,
    age_ms: line.age_ms,
    error: line.error,
    reason: line.reason,
  };
}

function connectFailureOf({ failures }: TargetLine): TargetReading['connect_failure'] {
  const failure = failures.find(({ operation }) => operation === 'connect');
  if (failure === undefined) return null;
  const { reason, count, message } = failure;
  return { reason, count, message };
}

/** A target's line as the ranking shows it. */
export function rankedLine({
  mode,
  follows,
  missedRuns,
  address,
  replication_lag_ms,
  visibility_delay_ms,
  queries,
  ...line
}: TargetLine): FleetLine {
  return line;
}
