import type { LatestAnswer, RunSummary } from '../api/answers.js';

/** A run takes time, and its result is collected a little later. */
export const GRACE_MS = 2_000;

/**
 * How many planned runs have given no result since a target's latest run, by the answering backend's clock. It
 * counts planned times and not intervals, so that a schedule may rest for a weekend.
 *
 * @returns null: the backend is too old to say what it planned, or plans nothing.
 */
export function missedRuns(
  { planned_runs, next_run, timestamp }: LatestAnswer,
  run: Pick<RunSummary, 'timestamp'> | null,
): number | null {
  if (planned_runs === undefined || next_run === null) return null;
  if (run === null) return 0;
  const endedMs = Date.parse(run.timestamp);
  const dueMs = Date.parse(timestamp) - GRACE_MS;
  return planned_runs.map((it) => Date.parse(it)).filter((ms) => ms > endedMs && ms <= dueMs)
    .length;
}

/** Those that were planned after the answer: the next one, and one an interval from there on. */
export function plannedSince(nextRunInMs: number, intervalMs: number, silentMs: number): number {
  const overdueMs = silentMs - GRACE_MS - nextRunInMs;
  return overdueMs < 0 ? 0 : 1 + Math.floor(overdueMs / intervalMs);
}
