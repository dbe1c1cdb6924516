import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { REGION, sentences } from './text.js';

const PLANNED = 'pglatency_schedule_last_planned_timestamp_seconds';
const ENDED = 'pglatency_last_run_timestamp_seconds';

/** When the last run ended, of those that were due since. */
export const OVERDUE = `
        max by (fleet, target, region) (${ENDED})
        < on (fleet, region) group_left () region:pglatency_schedule_due_timestamp_seconds:max
      `;

/** Seconds since a run should have begun, where none is planned any more. */
export const unplanned = ({ scrapes }: Pick<Plan, 'scrapes'>) =>
  `time() - max by (fleet, region) (pglatency_schedule_next_run_timestamp_seconds) > ${scrapes(4, 180, 's')}`;

export const scheduleRules = ({ runs, scrapes }: Plan): Rule[] => [
  {
    why: `The schedule: what was due some minutes ago, long enough for a run to end. Only the backend knows
      its schedule: any cron is compared with what it planned itself, by its own clock.`,
    record: 'region:pglatency_schedule_due_timestamp_seconds:max',
    expr: `max by (fleet, region) (max_over_time(${PLANNED}[${scrapes(3, 120)}] offset ${scrapes(4, 180)}))`,
  },
  {
    why: `The process lives, and a run that was due has not ended; or none has ended since it started, although
      one was due; or nothing is planned any more. A region that is not heard is silent, which another alert says.`,
    alert: 'PglatencyScheduleStale',
    expr: `
      (
        time() - (${OVERDUE})
        or
        time() - (
          region:pglatency_schedule_due_timestamp_seconds:max
          > on (fleet, region) max by (fleet, region) (process_start_time_seconds and on (fleet, region, instance) pglatency_schedule_interval_seconds)
          unless on (fleet, region) ${ENDED}
        )
        or
        ${unplanned({ scrapes })}
      )
      and on (fleet, region) count_over_time(pglatency_schedule_interval_seconds[${scrapes(3, 90)}])`,
    for: '1m',
    keepFiringFor: '5m',
    severity: 'page',
    operation: 'all',
    summary: `${REGION}{{ with $labels.target }} to {{ . }}{{ end }}: no run has ended for {{ $value | humanizeDuration }}, although one was due`,
    description: sentences(
      'First look at the log of the backend: a run hangs, or the process gets too little processor time.',
      '{{ $labels.region }} answers scrapes, but a run that was due has not ended (or, if none ever ended, was due {{ $value | humanizeDuration }} ago). The dashboards show old figures for it.',
    ),
    scope: 'region',
  },
  {
    why: `A run that is skipped because the one before still waits for answers belongs to the failure of those.`,
    alert: 'PglatencyScheduleSkips',
    expr: `
      round(
        sum by (fleet, region) (
          increase(pglatency_schedule_skipped_total{reason="missed"}[${runs(30)}])
          or
          increase(pglatency_schedule_skipped_total{reason="overlap"}[${runs(30)}])
            unless on (fleet, region) max_over_time(region:pglatency_operation_failures:ratio_30m[${runs(10)}]) > 0.02
            unless on (fleet, region) max_over_time(region:pglatency_connect_failures:ratio_5m[${runs(35)}]) > 0.3
        )
      ) > 5`,
    for: '5m',
    severity: 'ticket',
    operation: 'all',
    summary: `${REGION}: {{ $value }} planned runs did not start within ${runs(30)}; normal is none`,
    description: sentences(
      'First check whether the backend gets processor time, and how long its runs take (pglatency_run_duration_seconds).',
      '{{ $labels.region }}: either the run before had not ended (overlap), or the process was late (missed). Runs that wait for failing operations are not counted: other alerts report those.',
    ),
    scope: 'region',
  },
];
