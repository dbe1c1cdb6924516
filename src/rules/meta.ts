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
    summary: `${REGION_TARGET}: no normal after three days, so no latency alert can fire`,
    description: sentences(
      'First check whether Prometheus evaluates the group pglatency-baseline (page /rules), and whether it lost its history.',
      '{{ $labels.region }}, {{ $labels.operation }}: now {{ $value | humanizeDuration }}, with nothing to compare it with.',
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
    summary: `${TARGET}: the latency rules produce nothing, so no latency alert can fire`,
    description: sentences(
      'First check whether Prometheus evaluates the group pglatency-latency (page /rules).',
      `Backends measured {{ $value | humanize }} operations within ${runs(3)}, but latency.yml has no median of them. A group fails, or a label is not as expected.`,
    ),
    scope: 'target',
  },
  {
    alert: 'PglatencyWatchdog',
    expr: 'vector(1)',
    severity: 'none',
    ...(fleet.fleet === null ? {} : { labels: { fleet: fleet.fleet } }),
    operation: 'all',
    summary: 'Always fires: if its receiver hears nothing, alerting is broken',
    description: 'Send it to a service that pages when this alert stops (docs/alerts.md).',
    scope: 'none',
  },
];
