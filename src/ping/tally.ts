import { countFailures, type FailureCount } from '../probe/results/summary.js';
import type { Failure, Sample } from '../probe/results/result.js';
import { summarise, type Statistics } from '../probe/results/statistics.js';

/** What the samples of one database come to. */
export interface Tally {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  /** Of those that were answered, in milliseconds. */
  readonly statistics: Statistics;
  /** Of those that were not, by reason. */
  readonly failures: readonly FailureCount[];
}

/** A sample that failed is lost: it has no latency. */
export function tallyOf(samples: readonly Sample[]): Tally {
  const durationsMs = samples.flatMap((sample) => (sample.ok ? [sample.durationMs] : []));
  const failures = samples.flatMap((sample): Failure[] => (sample.ok ? [] : [sample]));
  return {
    sent: samples.length,
    answered: durationsMs.length,
    lost: failures.length,
    statistics: summarise(durationsMs),
    failures: countFailures(failures),
  };
}
