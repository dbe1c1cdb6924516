import type { Incident, TargetNormal } from '../api/normal-answer.js';
import { NEEDED_RUNS } from '../runs/normal.js';
import type { Judgement } from '../runs/judge.js';
import type { AppDeps } from './deps.js';

/** A judgement as the answers show it, with the latest `count` of its incidents. */
export function judgementAnswer(
  { keptFromS, incidents, runs, ...figures }: Judgement,
  schedule: Pick<AppDeps['schedule'], 'nextRun' | 'intervalMs'>,
  count = Infinity,
): { normal: TargetNormal; incidents: Incident[]; kept_from?: string } {
  const missing = NEEDED_RUNS - runs;
  const next = schedule.nextRun();
  const expected =
    missing <= 0 || next === null
      ? null
      : new Date(next.getTime() + (missing - 1) * schedule.intervalMs());
  return {
    normal: {
      runs,
      needed_runs: NEEDED_RUNS,
      expected_at: expected?.toISOString() ?? null,
      ...figures,
    },
    ...(keptFromS !== null && { kept_from: new Date(keptFromS * 1_000).toISOString() }),
    incidents: count === Infinity ? [...incidents] : incidents.slice(-count),
  };
}
