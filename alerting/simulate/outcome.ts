import { summarise, quantile } from '../../src/probe/results/statistics.js';
import type { Firing } from '../../src/replay/firing.js';
import type { Trial } from './scenarios.js';

/** What became of one injected fault; minutes. */
export interface Outcome {
  readonly trial: Trial;
  /** Until the first alert that finds it; null: not found before it ended. */
  readonly delay: number | null;
  /** Share of the fault's time during which an alert that finds it fired. */
  readonly held: number;
  /** From the fault's end to the last such alert's; null: none. */
  readonly resolved: number | null;
  /** Alerts about the same regions, during or after it, that do not find it. */
  readonly besides: readonly Firing[];
}

/** How long after a fault an alert of the same region is still its echo. */
const ECHO_SECONDS = 40 * 60;

export function judge(trial: Trial, fired: readonly Firing[]): Outcome {
  const { from, to, region } = trial.fault;
  const about = fired.filter(
    (f) => concerns(f, region) && f.to >= from && f.from <= to + ECHO_SECONDS,
  );
  const finds = about.filter((f) => trial.scenario.finds.test(f.alert));
  const first = finds.filter((f) => f.from <= to + 60).map((f) => Math.max(0, f.from - from));
  const last = finds.length > 0 ? Math.max(...finds.map((f) => f.to)) : null;
  return {
    trial,
    delay: first.length > 0 ? Math.min(...first) / 60 : null,
    held: covered(finds, from, to) / (to - from),
    resolved: last === null ? null : (last - to) / 60,
    besides: about.filter((f) => !trial.scenario.finds.test(f.alert)),
  };
}

function concerns(firing: Firing, region: string): boolean {
  return region === 'all' || firing.labels['region'] === region;
}

/** Seconds of [from, to] during which at least one of them fired. */
function covered(fired: readonly Firing[], from: number, to: number): number {
  let sum = 0;
  let reached = from;
  for (const firing of [...fired].sort((a, b) => a.from - b.from)) {
    const start = Math.max(firing.from, reached);
    const end = Math.min(firing.to + 60, to);
    if (end > start) {
      sum += end - start;
      reached = end;
    }
  }
  return sum;
}

/** Alerts that no injected fault explains. */
export function unexplained(fired: readonly Firing[], trials: readonly Trial[]): Firing[] {
  return fired.filter(
    (f) =>
      !trials.some(
        ({ fault }) =>
          f.to >= fault.from && f.from <= fault.to + ECHO_SECONDS && concerns(f, fault.region),
      ),
  );
}

export interface Delays {
  readonly trials: number;
  readonly found: number;
  readonly median: number | null;
  readonly p90: number | null;
}

/** Delays in minutes; what was not found counts as longer than all that was. */
export function delays(outcomes: readonly Outcome[]): Delays {
  const sorted = outcomes.map(({ delay }) => delay ?? Infinity).sort((a, b) => a - b);
  const finite = (value: number | null) =>
    value !== null && Number.isFinite(value) ? value : null;
  return {
    trials: outcomes.length,
    found: outcomes.filter(({ delay }) => delay !== null).length,
    median: finite(summarise(sorted).p50),
    p90: finite(quantile(sorted, 0.9)),
  };
}
