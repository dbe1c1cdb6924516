import { EACH_HALF_HOUR } from './floor.js';
import type { Rule } from './rule.js';

export const normalRules = (): Rule[] => [
  {
    record: 'region_operation:pglatency_operation_seconds:learned_baseline',
    expr: `
      last_over_time(region_operation:pglatency_operation_seconds:floor[15m])
        * last_over_time(region_operation:pglatency_operation_seconds:season[15m])
      or
      last_over_time(region_operation:pglatency_operation_seconds:floor[15m])`,
  },
  {
    why: `What a write costs on top of a read: now in latency.yml, and over its own last day here.`,
    record: 'target:pglatency_write_cost_seconds:history',
    expr: `target:pglatency_write_cost_seconds:median_now`,
  },
  {
    record: 'target:pglatency_write_cost_seconds:baseline',
    expr: `
      quantile_over_time(0.5, target:pglatency_write_cost_seconds:history[1d] offset 1h)
      and count_over_time(target:pglatency_write_cost_seconds:history[1d] offset 1h) >= 240`,
  },
  {
    why: `The same of each phase of a new connection. For a text a sample each half-hour is enough.`,
    record: 'region_phase:pglatency_connect_phase_seconds:history',
    expr: `
      region_phase:pglatency_connect_phase_seconds:mean_15m
      ${EACH_HALF_HOUR}`,
  },
  {
    record: 'region_phase:pglatency_connect_phase_seconds:baseline',
    expr: `quantile_over_time(0.5, region_phase:pglatency_connect_phase_seconds:history[1d] offset 1h)`,
  },
];
