import { LIMITS } from './limits.js';
import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const failureRatiosRules = ({ runs, failures }: Plan): Rule[] => [
  {
    record: 'region:pglatency_operation_failures:ratio_3m',
    expr: `
      sum by (fleet, target, region) (increase(pglatency_operations_total{outcome="failure", operation!="connect"}[${runs(3)}]))
      / (sum by (fleet, target, region) (increase(pglatency_operations_total{operation!="connect"}[${runs(3)}])) > 0)`,
  },
  {
    record: 'region:pglatency_operation_failures:ratio_5m',
    expr: `
      sum by (fleet, target, region) (increase(pglatency_operations_total{outcome="failure", operation!="connect"}[${runs(5)}]))
      / (sum by (fleet, target, region) (increase(pglatency_operations_total{operation!="connect"}[${runs(5)}])) > 0)`,
  },
  {
    record: 'region:pglatency_operation_failures:ratio_30m',
    expr: `
      sum by (fleet, target, region) (increase(pglatency_operations_total{outcome="failure", operation!="connect"}[${runs(30)}]))
      / (sum by (fleet, target, region) (increase(pglatency_operations_total{operation!="connect"}[${runs(30)}])) > 0)`,
  },
  {
    record: 'region:pglatency_connect_failures:ratio_5m',
    expr: `
      sum by (fleet, target, region) (increase(pglatency_operations_total{outcome="failure", operation="connect"}[${runs(5)}]))
      / (sum by (fleet, target, region) (increase(pglatency_operations_total{operation="connect"}[${runs(5)}])) > 0)`,
  },
  {
    record: 'region:pglatency_failing:bool',
    expr: `
      (region:pglatency_operation_failures:ratio_3m > bool ${LIMITS.failing})
      * (sum by (fleet, target, region) (increase(pglatency_operations_total{outcome="failure", operation!="connect"}[${runs(3)}])) >= bool ${failures(5)})`,
  },
  {
    record: 'target:pglatency_all_regions_failing:bool',
    expr: `
      (avg by (fleet, target) (region:pglatency_failing:bool{region!="hub"}) >= bool 0.7)
      * (count by (fleet, target) (region:pglatency_failing:bool{region!="hub"}) >= bool 3)`,
  },
];
