import { RESTING } from './medians.js';
import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const againstNormalRules = ({ runs, successes }: Plan): Rule[] => [
  {
    why: `Now against normal.`,
    record: 'region_operation:pglatency_operation_seconds:ratio_now',
    expr: `
      region_operation:pglatency_operation_seconds:median_now
      / region_operation:pglatency_operation_seconds:baseline`,
  },
  {
    record: 'region_operation:pglatency_operation_seconds:excess_now',
    expr: `
      region_operation:pglatency_operation_seconds:median_now
      - region_operation:pglatency_operation_seconds:baseline`,
  },
  {
    why: `The quickest run of the last two minutes: above normal, every one of them was.`,
    record: 'region_operation:pglatency_operation_seconds:ratio_of_minimum_2m',
    expr: `
      (
        max by (fleet, target, region, operation) (
          min_over_time(pglatency_last_run_operation_seconds{operation="select", statistic="median"}[${runs(2)}])
        )
        and
        sum by (fleet, target, region, operation) (
          increase(pglatency_operations_total{operation="select", outcome="success"}[${runs(6)}])
        ) >= ${successes(1.5)}
        ${RESTING}
      )
      / region_operation:pglatency_operation_seconds:baseline`,
  },
  {
    record: 'region_operation:pglatency_operation_seconds:ratio_15m',
    expr: `
      max by (fleet, target, region, operation) (
        quantile_over_time(0.5, pglatency_last_run_operation_seconds{operation="select", statistic="median"}[${runs(15)}])
      )
      / region_operation:pglatency_operation_seconds:baseline`,
  },
  {
    record: 'region_operation:pglatency_operation_seconds:ratio_30m',
    expr: `
      max by (fleet, target, region, operation) (
        quantile_over_time(0.5, pglatency_last_run_operation_seconds{operation="select", statistic="median"}[${runs(30)}])
      )
      / region_operation:pglatency_operation_seconds:baseline`,
  },
];
