import type { Rule } from './rule.js';

export const scheduleRules = (): Rule[] => [
  {
    why: `The schedule. The process lives, and the runs do not come.`,
    alert: 'PglatencyScheduleStale',
    expr: `
      (
        time() - max by (target, region) (pglatency_last_run_timestamp_seconds)
        > on (region) group_left () 3 * max by (region) (last_over_time(pglatency_schedule_interval_seconds[90s]))
      )
      or
      (
        time() - max by (region) (process_start_time_seconds{region!=""} and on (region, instance) pglatency_schedule_interval_seconds) > 300
        unless on (region) pglatency_last_run_timestamp_seconds
      )`,
    for: '1m',
    severity: 'page',
    operation: 'all',
    summary: '{{ $labels.region }} has not finished a run for {{ $value | humanizeDuration }}',
    description:
      '{{ $labels.region }} answers scrapes, but its latest scheduled run ended {{ $value | humanizeDuration }} ago (or, if there was none, the process started then). More than three intervals is stale; what the dashboards show of it is old.',
    scope: 'region',
  },
  {
    alert: 'PglatencyScheduleSkips',
    expr: `sum by (region) (increase(pglatency_schedule_skipped_total[30m])) > 5`,
    for: '5m',
    severity: 'ticket',
    operation: 'all',
    summary: '{{ $labels.region }} skipped {{ $value | humanize }} runs in half an hour',
    description:
      '{{ $labels.region }}: {{ $value | humanize }} planned runs of the last 30 minutes did not start; normal is none. Either the run before was not done (overlap: operations that time out) or the process was late (missed: no processor time).',
    scope: 'region',
  },
];
