import { duration } from './duration.js';
import type { RulesFleet } from './fleet.js';

/** Time as the rules count it, written out as Prometheus's durations. */
export interface Plan {
  readonly fleet: RulesFleet;
  /** A window of so many runs. Runs that come more often than each minute count by the minute. */
  runs(count: number): string;
  /** How many runs are planned in `runs(count)`. */
  runsIn(count: number): number;
  /** How many successes of one operation so many runs have. */
  successes(runs: number): number;
}

/** A window of two runs has to hold some scrapes. */
const QUICKEST_SECONDS = 60;

export function createPlan(fleet: RulesFleet): Plan {
  const unit = Math.max(fleet.runSeconds, QUICKEST_SECONDS);
  const runsIn = (count: number) => Math.round((count * unit) / fleet.runSeconds);
  return {
    fleet,
    runs: (count) => duration(count * unit),
    runsIn,
    successes: (runs) => Math.ceil((runs * unit * fleet.iterations) / fleet.runSeconds),
  };
}
