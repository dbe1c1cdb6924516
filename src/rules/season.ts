import { duration } from './duration.js';
import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

const HOUR_SECONDS = 3_600;
/** The history holds a value each five minutes; three quarters of them have to be there. */
const VALUES_AN_HOUR = 12;
/** An "hour" has to hold so many runs. */
const RUNS_AN_HOUR = 4;
const HOUR_OF_DAY = 'region_operation:pglatency_operation_seconds:hour_of_day_ratio';

/** The same time of day, so many days ago. The value there was made of the hour before it. */
function daysAgo(days: number, hourSeconds: number): string {
  const offset = duration(days * 24 * HOUR_SECONDS - hourSeconds / 2);
  return `label_replace(last_over_time(${HOUR_OF_DAY}[10m] offset ${offset}), "day", "${days}", "", "")`;
}

export const seasonRules = ({ fleet, hours }: Plan): Rule[] => {
  const hour = hours(1, RUNS_AN_HOUR);
  const hourSeconds = Math.max(HOUR_SECONDS, RUNS_AN_HOUR * fleet.runSeconds);
  const values = Math.floor(0.75 * VALUES_AN_HOUR * (hourSeconds / HOUR_SECONDS));
  const days = (indent: string) =>
    [1, 2, 3].map((day) => daysAgo(day, hourSeconds)).join(`\n${indent}or\n${indent}`);
  return [
    {
      why: `The season: how the hour around this time of day compared with its day, on each of the last
        three days. The middle one of them, from two days on, and never far from 1: one bad day must
        not hide a regression at the same hour of the next.`,
      record: 'region_operation:pglatency_operation_seconds:hour_to_day_ratio',
      expr: `
        (
          quantile_over_time(0.5, region_operation:pglatency_operation_seconds:history[${hour}])
          / last_over_time(region_operation:pglatency_operation_seconds:day[10m])
        )
        and count_over_time(region_operation:pglatency_operation_seconds:history[${hour}]) >= ${values}`,
    },
    {
      why: `An hour that is slow in the middle region is no region's rhythm, but the database's bad hour. It
        has no say, so that two of them do not hide the third.`,
      record: HOUR_OF_DAY,
      expr: `
        last_over_time(region_operation:pglatency_operation_seconds:hour_to_day_ratio[15m])
        unless on (fleet, target, operation)
        quantile by (fleet, target, operation) (0.5, last_over_time(region_operation:pglatency_operation_seconds:hour_to_day_ratio{region!="hub"}[15m])) > 1.1`,
    },
    {
      record: 'region_operation:pglatency_operation_seconds:season',
      expr: `
        clamp(
          quantile by (fleet, target, region, operation) (0.5,
            ${days('            ')}
          ),
          0.9, 1.12
        )
        and
        count by (fleet, target, region, operation) (
          ${days('          ')}
        ) >= 2`,
    },
  ];
};
