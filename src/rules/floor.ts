import type { Rule } from './rule.js';

/** Of what is evaluated each five minutes, one in six. */
export const EACH_HALF_HOUR = 'and on () minute() % 30 < 5';

export const floorRules = (): Rule[] => [
  {
    record: 'region_operation:pglatency_operation_seconds:history',
    expr: `
      max by (fleet, target, region, operation) (
        pglatency_last_run_operation_seconds{statistic="median"}
      )`,
  },
  {
    why: `A day's median, which needs history: 240 of 288 samples.`,
    record: 'region_operation:pglatency_operation_seconds:day',
    expr: `
      quantile_over_time(0.5, region_operation:pglatency_operation_seconds:history[1d])
      and count_over_time(region_operation:pglatency_operation_seconds:history[1d]) >= 240`,
  },
  {
    why: `Of a week one sample each half-hour is enough: 336, about as many as a day has. The median of all 2016
      took a third of this group's time.`,
    record: 'region_operation:pglatency_operation_seconds:half_hourly',
    expr: `
      last_over_time(region_operation:pglatency_operation_seconds:history[15m])
      ${EACH_HALF_HOUR}`,
  },
  {
    why: `The floor: the lower of the medians over a day and over a week, both one hour behind. The
      lower of two, so that a regression does not become its own normal: it has to last half a week.
      The week's needs two days of history.`,
    record: 'region_operation:pglatency_operation_seconds:floor',
    expr: `
      min by (fleet, target, region, operation) (
        label_replace(
          last_over_time(region_operation:pglatency_operation_seconds:day[10m] offset 1h),
          "over", "day", "", ""
        )
        or
        label_replace(
          quantile_over_time(0.5, region_operation:pglatency_operation_seconds:half_hourly[7d] offset 1h)
            and count_over_time(region_operation:pglatency_operation_seconds:half_hourly[7d] offset 1h) >= 96,
          "over", "week", "", ""
        )
      )`,
  },
];
