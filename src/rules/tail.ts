import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const tailRules = ({ runs }: Plan): Rule[] => [
  {
    why: `The tail. Slow runs are counted, not slow samples: the samples of one run are correlated.
      A run has a tail when its slowest select took far longer than its own median, so that neither a
      shift nor a whole slow run is one.`,
    record: 'region_operation:pglatency_tail_run:bool',
    expr: `
      (
        max by (target, region, operation) (pglatency_last_run_operation_seconds{operation="select", statistic="max"})
        > bool
        4 * max by (target, region, operation) (pglatency_last_run_operation_seconds{operation="select", statistic="median"})
      )
      *
      (
        max by (target, region, operation) (pglatency_last_run_operation_seconds{operation="select", statistic="max"})
        - max by (target, region, operation) (pglatency_last_run_operation_seconds{operation="select", statistic="median"})
        > bool 0.01
      )`,
  },
  {
    alert: 'PglatencyRegionTail',
    expr: `
      max by (target, region, operation) (
        (
          avg_over_time(region_operation:pglatency_tail_run:bool{region!="hub"}[${runs(30)}]) > 0.32
          and count_over_time(region_operation:pglatency_tail_run:bool[${runs(30)}]) >= 20
        )
        or
        (
          avg_over_time(region_operation:pglatency_tail_run:bool{region!="hub"}[${runs(60)}]) > 0.22
          and count_over_time(region_operation:pglatency_tail_run:bool[${runs(60)}]) >= 45
        )
      )`,
    for: runs(1),
    severity: 'ticket',
    summary:
      'Some selects from {{ $labels.region }} to {{ $labels.target }} take several times as long as the rest',
    description:
      '{{ $labels.region }}, {{ $labels.operation }}: in {{ $value | humanizePercentage }} of the latest runs the slowest select took more than 4 × the run\'s median. The median now is {{ with printf `region_operation:pglatency_operation_seconds:median_now{target="%s",region="%s",operation="%s"}` $labels.target $labels.region $labels.operation | query }}{{ . | first | value | humanizeDuration }}{{ end }} and normally {{ with printf `region_operation:pglatency_operation_seconds:baseline{target="%s",region="%s",operation="%s"}` $labels.target $labels.region $labels.operation | query }}{{ . | first | value | humanizeDuration }}{{ end }}: packet loss on the path, or a database that stalls.',
    scope: 'region-target',
  },
];
