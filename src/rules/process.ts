import type { Rule } from './rule.js';

export const processRules = (): Rule[] => [
  {
    why: `Restarts.`,
    alert: 'PglatencyBackendRestarting',
    expr: `
      max by (region) (
        changes(process_start_time_seconds{region!=""}[30m])
        and on (region, instance) pglatency_schedule_interval_seconds
      ) > 2`,
    for: '2m',
    severity: 'ticket',
    operation: 'all',
    summary: 'The backend in {{ $labels.region }} restarted {{ $value }} times in half an hour',
    description:
      '{{ $labels.region }}: {{ $value }} starts in 30 minutes; a deploy is one. It crashes, runs out of memory, or fails its checks.',
    scope: 'region',
  },
  {
    alert: 'PglatencyWorkerRestarting',
    expr: `sum by (region) (increase(pglatency_worker_restarts_total[30m])) > 2`,
    for: '2m',
    severity: 'ticket',
    operation: 'all',
    summary:
      'The probe of {{ $labels.region }} crashed {{ $value | humanize }} times in half an hour',
    description:
      '{{ $labels.region }}: the thread that measures crashed and was restarted {{ $value | humanize }} times in 30 minutes; normal is never. That is a bug: the log has the stack.',
    scope: 'region',
  },
  {
    why: `The probe's own honesty.`,
    alert: 'PglatencyEventLoopLate',
    expr: `
      max by (region) (
        nodejs_eventloop_lag_p99_seconds{region!=""}
        and on (region, instance) pglatency_schedule_interval_seconds
      ) > 0.1`,
    for: '10m',
    severity: 'ticket',
    operation: 'all',
    summary: 'The backend in {{ $labels.region }} is short of processor time',
    description:
      '{{ $labels.region }}: its event loop is {{ $value | humanizeDuration }} late at p99; normal is under 20ms. Its latencies may be its own: do not trust them before this is mended.',
    scope: 'region',
  },
  {
    why: `Ten iterations a minute, kept for an hour, are 600 rows. At 20000 the count that a select makes
      begins to cost milliseconds of its own.`,
    alert: 'PglatencyProbeTableGrows',
    expr: `max by (target, region) (pglatency_probe_table_rows) > 20000`,
    for: '30m',
    severity: 'ticket',
    operation: 'select',
    summary:
      '{{ $labels.region }} has {{ $value | humanize }} rows in the probe table of {{ $labels.target }}',
    description:
      '{{ $labels.region }}, select: {{ $value | humanize }} rows; an hour of retention at ten iterations a minute is 600. Old rows are not removed, and select will slow down because of the monitor itself.',
    scope: 'region-target',
  },
];
