import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { REGION_TARGET, sentences, TARGET } from './text.js';

export const metaRules = ({ fleet, runs, successes }: Plan): Rule[] => [
  {
    why: `The rules themselves. What was measured three days ago must have a normal by now.`,
    alert: 'PglatencyBaselineMissing',
    expr: `
      region_operation:pglatency_operation_seconds:median_now{operation="select"}
      and last_over_time(region_operation:pglatency_operation_seconds:median_now[15m] offset 3d)
      unless last_over_time(region_operation:pglatency_operation_seconds:learned_baseline[15m])`,
    for: '1h',
    severity: 'ticket',
    summary: `${REGION_TARGET}: no baseline after three days; its latency cannot alert`,
    description: sentences(
      'First look whether the group pglatency-baseline is evaluated (page /rules), and whether Prometheus lost its history.',
      '{{ $labels.region }}, {{ $labels.operation }}: now {{ $value | humanizeDuration }}, with nothing to hold it against.',
    ),
    scope: 'region-target',
  },
  {
    why: `Of what succeeds now, and of nothing that has gone or that fails.`,
    alert: 'PglatencyRulesEmpty',
    expr: `
      sum by (fleet, target) (
        sum by (fleet, target, region, operation) (increase(pglatency_operations_total{outcome="success", operation!="connect"}[${runs(3)}])) >= ${successes(1.5)}
        and on (fleet, target, region, operation) pglatency_operations_total
      )
      unless on (fleet, target) region_operation:pglatency_operation_seconds:median_now`,
    for: runs(10),
    severity: 'page',
    operation: 'all',
    summary: `${TARGET}: the latency rules produce nothing, so that no latency alert can fire`,
    description: sentences(
      'First look whether the group pglatency-latency is evaluated (page /rules).',
      `Backends measured {{ $value | humanize }} operations within ${runs(3)}, and latency.yml made no median of them. A group fails to evaluate, or a label is not as expected.`,
    ),
    scope: 'target',
  },
  {
    alert: 'PglatencyWatchdog',
    expr: 'vector(1)',
    severity: 'none',
    ...(fleet.fleet === null ? {} : { labels: { fleet: fleet.fleet } }),
    operation: 'all',
    summary: 'Always firing: if the receiver of this one hears nothing, alerting is broken',
    description: 'Send it to something that pages when it stops (docs/alerts.md).',
    scope: 'none',
  },
];
