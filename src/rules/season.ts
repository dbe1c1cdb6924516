import type { Rule } from './rule.js';

export const seasonRules = (): Rule[] => [
  {
    why: `The season: how the hour around this time of day compared with its day, on each of the last
      three days. The middle one of them, from two days on, and never far from 1: one bad day must
      not hide a regression at the same hour of the next.`,
    record: 'region_operation:pglatency_operation_seconds:hour_to_day_ratio',
    expr: `
      (
        quantile_over_time(0.5, region_operation:pglatency_operation_seconds:history[1h])
        / quantile_over_time(0.5, region_operation:pglatency_operation_seconds:history[1d])
      )
      and count_over_time(region_operation:pglatency_operation_seconds:history[1h]) >= 9
      and count_over_time(region_operation:pglatency_operation_seconds:history[1d]) >= 240`,
  },
  {
    why: `An hour that is slow in the middle region is no region's rhythm, but the database's bad hour. It
      has no say, so that two of them do not hide the third.`,
    record: 'region_operation:pglatency_operation_seconds:hour_of_day_ratio',
    expr: `
      last_over_time(region_operation:pglatency_operation_seconds:hour_to_day_ratio[15m])
      unless on (target, operation)
      quantile by (target, operation) (0.5, last_over_time(region_operation:pglatency_operation_seconds:hour_to_day_ratio{region!="hub"}[15m])) > 1.1`,
  },
  {
    record: 'region_operation:pglatency_operation_seconds:season',
    expr: `
      clamp(
        quantile by (target, region, operation) (0.5,
          label_replace(last_over_time(region_operation:pglatency_operation_seconds:hour_of_day_ratio[10m] offset 23h30m), "day", "1", "", "")
          or
          label_replace(last_over_time(region_operation:pglatency_operation_seconds:hour_of_day_ratio[10m] offset 47h30m), "day", "2", "", "")
          or
          label_replace(last_over_time(region_operation:pglatency_operation_seconds:hour_of_day_ratio[10m] offset 71h30m), "day", "3", "", "")
        ),
        0.9, 1.12
      )
      and
      count by (target, region, operation) (
        label_replace(last_over_time(region_operation:pglatency_operation_seconds:hour_of_day_ratio[10m] offset 23h30m), "day", "1", "", "")
        or
        label_replace(last_over_time(region_operation:pglatency_operation_seconds:hour_of_day_ratio[10m] offset 47h30m), "day", "2", "", "")
        or
        label_replace(last_over_time(region_operation:pglatency_operation_seconds:hour_of_day_ratio[10m] offset 71h30m), "day", "3", "", "")
      ) >= 2`,
  },
];
