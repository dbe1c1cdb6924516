import type { Rule } from './rule.js';

export const quantilesRules = (): Rule[] => [
  {
    record: 'region_operation:pglatency_operation_duration_seconds:p50_5m',
    expr: `histogram_quantile(0.5, sum by (fleet, target, region, operation, le) (rate(pglatency_operation_duration_seconds_bucket[5m])))`,
  },
  {
    record: 'region_operation:pglatency_operation_duration_seconds:p95_5m',
    expr: `histogram_quantile(0.95, sum by (fleet, target, region, operation, le) (rate(pglatency_operation_duration_seconds_bucket[5m])))`,
  },
  {
    record: 'region_operation:pglatency_operation_duration_seconds:p99_5m',
    expr: `histogram_quantile(0.99, sum by (fleet, target, region, operation, le) (rate(pglatency_operation_duration_seconds_bucket[5m])))`,
  },
];
