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
  /** Between two evaluations of the group of the latencies. */
  readonly evaluationSeconds: number;
  /** How often it is evaluated in so many runs. */
  evaluations(runs: number): number;
  /** So many failures, of runs with ten rounds: fewer where a run has few. */
  failures(ofTenRounds: number): number;
  /** So many runs of ten rounds: more where a run has fewer, so that they have as many samples. */
  runsOfTen(runs: number): number;
  /** A window of so many scrapes, and of at least so many seconds. */
  scrapes(count: number, atLeastSeconds: number, unit?: 's'): string;
  /** How long to wait for so many scrapes, and at least so many seconds. */
  waits(count: number, atLeastSeconds: number): string;
  /** Between two runs that Prometheus has seen, at most: longer is a rest, where none is due. */
  readonly restSeconds: number;
  /** Rows that a region's runs insert in an hour. */
  readonly rowsAnHour: number;
  /** A window of so many hours, or of so many runs where that is longer. */
  hours(count: number, orRuns: number): string;
}

/** A window of two runs has to hold some scrapes. */
const QUICKEST_SECONDS = 60;
const ROUNDS = 10;
/** Of latency.yml: twice a run. Prometheus forgets a recorded value after five minutes: at least each two. */
const EVALUATION_SECONDS = { least: 30, most: 120 };

/** Seconds of what windows count as a run. */
export const countedRunSeconds = ({ runSeconds }: Pick<RulesFleet, 'runSeconds'>) =>
  Math.max(runSeconds, QUICKEST_SECONDS);

export function createPlan(fleet: RulesFleet): Plan {
  const { runSeconds, iterations, scrapeSeconds } = fleet;
  const unit = countedRunSeconds(fleet);
  const atLeast = (count: number, least: number) => Math.max(count * scrapeSeconds, least);
  const { least, most } = EVALUATION_SECONDS;
  const evaluationSeconds = Math.min(
    most,
    Math.max(least, unit / 2),
    fleet.evaluationSeconds ?? most,
  );
  return {
    fleet,
    evaluationSeconds,
    runs: (count) => duration(count * unit),
    runsIn: (count) => Math.round((count * unit) / runSeconds),
    successes: (runs) => Math.ceil((runs * unit * iterations) / runSeconds),
    evaluations: (runs) => Math.floor((runs * unit) / evaluationSeconds),
    failures: (ofTenRounds) =>
      Math.min(ofTenRounds, Math.max(3, Math.ceil((ofTenRounds * iterations) / ROUNDS))),
    runsOfTen: (runs) => runs * Math.max(1, ROUNDS / iterations),
    scrapes: (count, least, unitName) =>
      unitName === undefined ? duration(atLeast(count, least)) : String(atLeast(count, least)),
    waits: (count, least) => duration(atLeast(count, least)),
    restSeconds: 2 * unit + 2 * scrapeSeconds,
    rowsAnHour: Math.ceil((3_600 / runSeconds) * iterations),
    hours: (count, orRuns) => duration(Math.max(count * 3_600, orRuns * unit)),
  };
}
