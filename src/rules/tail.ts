import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { OF_OPERATION, REGION_TARGET, sentences, value } from './text.js';
import { OPERATION_SECONDS } from './series.js';

/**
 * The share of runs that have such a sample, where this share of the samples is slow. The numbers were
 * chosen for runs of ten.
 */
function shareOfRuns(ofSamples: number, iterations: number): number {
  return Number((1 - (1 - ofSamples) ** iterations).toFixed(2));
}

export const tailRules = ({ runs }: Plan): Rule[] => [
  {
    why: `The tail. Slow runs are counted, not slow samples: the samples of one run are correlated.
      A run has a tail when its slowest select took far longer than its own median, so that neither a
      shift nor a whole slow run is one. Where no run was due for a while, the latest one is not counted again.`,
    record: 'region_operation:pglatency_tail_run:bool',
    expr: `
      (
        max by (fleet, target, region, operation) (pglatency_last_run_operation_seconds{operation="select", statistic="max"})
        > bool
        4 * max by (fleet, target, region, operation) (pglatency_last_run_operation_seconds{operation="select", statistic="median"})
      )
      *
      (
        max by (fleet, target, region, operation) (pglatency_last_run_operation_seconds{operation="select", statistic="max"})
        - max by (fleet, target, region, operation) (pglatency_last_run_operation_seconds{operation="select", statistic="median"})
        > bool 0.01
      )
      unless on (fleet, target, region)
      sum by (fleet, target, region) (increase(pglatency_operations_total{operation="select"}[${runs(3)}])) == 0`,
  },
];

export const tailAlerts = ({ fleet, runs, runsOfTen, evaluations }: Plan): Rule[] => {
  const share = (ofSamples: number) => shareOfRuns(ofSamples, fleet.iterations);
  return [
    {
      alert: 'PglatencyRegionTail',
      expr: `
      max by (fleet, target, region, operation) (
        (
          avg_over_time(region_operation:pglatency_tail_run:bool{region!="hub"}[${runs(runsOfTen(30))}]) > ${share(0.038)}
          and count_over_time(region_operation:pglatency_tail_run:bool[${runs(runsOfTen(30))}]) >= ${evaluations(runsOfTen(10))}
        )
        or
        (
          avg_over_time(region_operation:pglatency_tail_run:bool{region!="hub"}[${runs(runsOfTen(60))}]) > ${share(0.0245)}
          and count_over_time(region_operation:pglatency_tail_run:bool[${runs(runsOfTen(60))}]) >= ${evaluations(runsOfTen(22.5))}
        )
      )`,
      for: runs(1),
      severity: 'ticket',
      summary: `${REGION_TARGET}: in {{ $value | humanizePercentage }} of the runs the slowest select takes more than 4 × the median of its run`,
      description: sentences(
        'First look for packet loss on the path (mtr), then for stalls of the database (checkpoints, locks).',
        value(`${OPERATION_SECONDS}:median_now{}`, OF_OPERATION, 'humanizeDuration', {
          before: ' The median is ',
        }) +
          value(`${OPERATION_SECONDS}:baseline{}`, OF_OPERATION, 'humanizeDuration', {
            before: ', normal ',
          }),
      ),
      scope: 'region-target',
    },
  ];
};
