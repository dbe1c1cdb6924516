import type { Rule } from './rule.js';

export const metaRules = (): Rule[] => [
  {
    why: `The rules themselves.`,
    alert: 'PglatencyBaselineMissing',
    expr: `
      region_operation:pglatency_operation_seconds:median_now{operation="select"}
      unless region_operation:pglatency_operation_seconds:baseline
      or
      (
        region_operation:pglatency_operation_seconds:median_now{operation="select"}
        and last_over_time(region_operation:pglatency_operation_seconds:median_now[15m] offset 3d)
        unless last_over_time(region_operation:pglatency_operation_seconds:learned_baseline[15m])
      )`,
    for: '1h',
    severity: 'ticket',
    summary: '{{ $labels.region }} has no baseline: its latency cannot alert',
    description:
      '{{ $labels.region }}, {{ $labels.operation }}: now {{ $value | humanizeDuration }}, with nothing to hold it against. A new region takes a day (give it a value in expected-regions.yml until then); an old one has lost its history.',
    scope: 'region-target',
  },
  {
    alert: 'PglatencyRulesEmpty',
    expr: `
      sum by (target) (increase(pglatency_operations_total{outcome="success"}[15m])) > 0
      unless on (target) region_operation:pglatency_operation_seconds:median_now`,
    for: '10m',
    severity: 'page',
    operation: 'all',
    summary: 'The latency rules of {{ $labels.target }} produce nothing',
    description:
      'Backends measured {{ $value | humanize }} operations on {{ $labels.target }} in 15 minutes, and latency.yml made no median of them: no latency alert can fire. A group fails to evaluate, or a label is not as expected.',
    scope: 'target',
  },
  {
    alert: 'PglatencyWatchdog',
    expr: `vector(1)`,
    severity: 'none',
    operation: 'all',
    summary: 'Always firing: if the receiver of this one hears nothing, alerting is broken',
    description: 'Send it to something that pages when it stops (docs/alerts.md).',
    scope: 'none',
  },
];
