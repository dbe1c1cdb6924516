import type { Rule } from './rule.js';

export const floorRules = (): Rule[] => [
  {
    record: 'region_operation:pglatency_operation_seconds:history',
    expr: `
      max by (fleet, target, region, operation) (
        pglatency_last_run_operation_seconds{statistic="median"}
      )`,
  },
  {
    why: `The floor: the lower of the medians over a day and over a week, both one hour behind. The
      lower of two, so that a regression does not become its own normal: it has to last half a week.
      Each needs history: 240 of 288 samples, or two days' 576.`,
    record: 'region_operation:pglatency_operation_seconds:floor',
    expr: `
      min by (fleet, target, region, operation) (
        label_replace(
          quantile_over_time(0.5, region_operation:pglatency_operation_seconds:history[1d] offset 1h)
            and count_over_time(region_operation:pglatency_operation_seconds:history[1d] offset 1h) >= 240,
          "over", "day", "", ""
        )
        or
        label_replace(
          quantile_over_time(0.5, region_operation:pglatency_operation_seconds:history[7d] offset 1h)
            and count_over_time(region_operation:pglatency_operation_seconds:history[7d] offset 1h) >= 576,
          "over", "week", "", ""
        )
      )`,
  },
];
