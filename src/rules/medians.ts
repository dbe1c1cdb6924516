import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const mediansRules = ({ runs, runsIn, successes }: Plan): Rule[] => [
  {
    record: 'region_operation:pglatency_operation_seconds:median_now',
    expr: `
      (
        max by (target, region, operation) (
          quantile_over_time(0.5, pglatency_last_run_operation_seconds{operation!="connect", statistic="median"}[${runs(3)}])
        )
        and
        sum by (target, region, operation) (
          increase(pglatency_operations_total{outcome="success"}[${runs(3)}])
        ) >= ${successes(1.5)}
      )
      or
      (
        max by (target, region, operation) (
          quantile_over_time(0.5, pglatency_last_run_operation_seconds{operation="connect", statistic="median"}[${runs(15)}])
        )
        and
        sum by (target, region, operation) (
          increase(pglatency_operations_total{outcome="success"}[${runs(15)}])
        ) >= ${runsIn(5)}
      )`,
  },
  {
    why: `Normal. Before a day of history: 1.2 × what expected-regions.yml says, coarse on purpose.`,
    record: 'region_operation:pglatency_operation_seconds:baseline',
    expr: `
      last_over_time(region_operation:pglatency_operation_seconds:learned_baseline[15m])
      or
      (
        0 * region_operation:pglatency_operation_seconds:median_now{operation!="connect"}
        + on (region) group_left () (1.2 * region:pglatency_expected_select_seconds:constant > 0)
      )`,
  },
];
