import { FLOOR_SECONDS, LIMITS } from './limits.js';
import type { Plan } from './plan.js';
import { SLOW, SLOW_WHY } from './region-slow.js';
import type { Rule } from './rule.js';

export const shiftRules = ({ runs }: Plan): Rule[] => [
  {
    why: `A small shift that stays. It needs a season, so that the daily rhythm of a new region is none.`,
    record: 'region_operation:pglatency_shift:bool',
    expr: `
      (
        (region_operation:pglatency_operation_seconds:ratio_now{operation="select", region!="hub"} > bool ${LIMITS.shifted})
        * (region_operation:pglatency_operation_seconds:ratio_30m > bool ${LIMITS.shifted})
        * (region_operation:pglatency_operation_seconds:excess_now > bool clamp(region_operation:pglatency_operation_seconds:baseline, 0.0005, ${FLOOR_SECONDS.shifted}))
        * on (fleet, target) group_left () (1 - max_over_time(target:pglatency_all_regions_slow:bool[${runs(35)}]))
      )
      and last_over_time(region_operation:pglatency_operation_seconds:season[15m])`,
  },
  {
    record: 'region_operation:pglatency_shift_sustained:bool',
    expr: `min_over_time(region_operation:pglatency_shift:bool[${runs(2.5)}])`,
  },
  {
    why: `With hysteresis: once sustained, it holds for as long as the half-hour stays above 1.1. It must
      have stayed so for ten minutes, so that a bad moment after a shift does not bring it back.`,
    alert: 'PglatencyRegionShifted',
    expr: `
      region_operation:pglatency_operation_seconds:median_now
      and (
        region_operation:pglatency_shift:bool == 1
        or
        (
          min_over_time(region_operation:pglatency_operation_seconds:ratio_30m[${runs(10)}]) > 1.1
          and max_over_time(region_operation:pglatency_shift_sustained:bool[${runs(360)}]) == 1
        )
      )
      unless on (fleet, target) max_over_time(target:pglatency_all_regions_slow:bool[${runs(35)}]) == 1`,
    for: runs(2),
    severity: 'ticket',
    summary: `${SLOW}; it has shifted`,
    description: SLOW_WHY,
    scope: 'region-target',
  },
];
