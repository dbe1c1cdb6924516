import { LIMITS } from './limits.js';
import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { REGION, REGION_TARGET, sentences } from './text.js';

export const processRules = ({ rowsAnHour }: Plan): Rule[] => [
  {
    why: `Restarts.`,
    alert: 'PglatencyBackendRestarting',
    expr: `
      max by (fleet, region) (
        changes(process_start_time_seconds{region!=""}[30m])
        and on (fleet, region, instance) pglatency_schedule_interval_seconds
      ) > 2`,
    for: '2m',
    severity: 'ticket',
    operation: 'all',
    summary: `${REGION}: the backend restarted {{ $value }} times in half an hour`,
    description:
      'First look at the end of its log: it crashes, runs out of memory, or fails its health checks. A deploy is only one start.',
    scope: 'region',
  },
  {
    alert: 'PglatencyWorkerRestarting',
    expr: `round(sum by (fleet, region) (increase(pglatency_worker_restarts_total[30m]))) > 2`,
    for: '2m',
    severity: 'ticket',
    operation: 'all',
    summary: `${REGION}: the thread that measures crashed {{ $value | humanize }} times in half an hour`,
    description:
      'First look at its log, which has the stack. The backend started it again each time. Normal is never: this is a bug.',
    scope: 'region',
  },
  {
    why: `The probe's own honesty.`,
    alert: 'PglatencyEventLoopLate',
    expr: `
      max by (fleet, region) (
        nodejs_eventloop_lag_p99_seconds{region!=""}
        and on (fleet, region, instance) pglatency_schedule_interval_seconds
      ) > ${LIMITS.eventLoop}`,
    for: '10m',
    severity: 'ticket',
    operation: 'all',
    summary: `${REGION}: the backend is {{ $value | humanizeDuration }} late at p99, normal is under 20ms; the backend is short of processor time`,
    description:
      'First give it more processor time, or see what else runs there. Until then, do not trust its latencies: the delay may be its own.',
    scope: 'region',
  },
  {
    why: `At 20000 rows the count that a select makes begins to cost milliseconds of its own.`,
    alert: 'PglatencyProbeTableGrows',
    expr: `max by (fleet, target, region) (pglatency_probe_table_rows) > ${Math.max(20_000, 3 * rowsAnHour)}`,
    for: '30m',
    severity: 'ticket',
    operation: 'select',
    summary: `${REGION_TARGET}: {{ $value | humanize }} rows in the probe table; an hour of them is ${rowsAnHour}`,
    description: sentences(
      'First look in the log of the backend: it says why old rows stay (a lock, a privilege).',
      'The monitor itself will make select slower.',
    ),
    scope: 'region-target',
  },
];
