import type { Rule } from './rule.js';

export const addressRules = (): Rule[] => [
  {
    why: `One address of several is dead, and another one answers: nothing fails yet. The ratios are failed
      attempts for each connection that succeeded; with three addresses in turn, a dead one makes it a third.`,
    record: 'region:pglatency_connect_successes:increase_1h',
    expr: `sum by (target, region) (increase(pglatency_operations_total{outcome="success", operation="connect"}[1h]))`,
  },
  {
    record: 'region:pglatency_connect_attempt_failures:ratio_1h',
    expr: `
      sum by (target, region) (increase(pglatency_connect_attempt_failures_total{reason!="unreachable"}[1h]))
      / (region:pglatency_connect_successes:increase_1h >= 5)`,
  },
  {
    record: 'region:pglatency_connect_attempts_unreachable:ratio_1h',
    expr: `
      sum by (target, region) (increase(pglatency_connect_attempt_failures_total{reason="unreachable"}[1h]))
      / (region:pglatency_connect_successes:increase_1h >= 5)`,
  },
  {
    why: `What was unreachable for three days, or since the region began, is no news: a name that has an IPv6
      address too, measured from a machine without IPv6, costs nothing and needs no ticket.`,
    alert: 'PglatencyAddressFailing',
    expr: `
      region:pglatency_connect_attempt_failures:ratio_1h > 0.05
      and sum by (target, region) (increase(pglatency_connect_attempt_failures_total{reason!="unreachable"}[20m])) > 0
      or
      region:pglatency_connect_attempts_unreachable:ratio_1h > 0.05
      and sum by (target, region) (increase(pglatency_connect_attempt_failures_total{reason="unreachable"}[20m])) > 0
      unless min_over_time(region:pglatency_connect_attempts_unreachable:ratio_1h[3d]) > 0.05`,
    for: '30m',
    severity: 'ticket',
    operation: 'connect',
    summary:
      'An address of {{ $labels.target }} does not answer {{ $labels.region }}; another one does',
    description:
      '{{ $labels.region }}, connect: for each new connection that succeeded in the last hour, {{ $value | humanizePercentage }} failed first on another address of the same name; normal is none. Connections still succeed, on the addresses that are left. The most frequent reason: {{ with printf `topk(1, sum by (reason) (increase(pglatency_connect_attempt_failures_total{target="%s",region="%s"}[1h])))` $labels.target $labels.region | query }}{{ . | first | label "reason" }}{{ end }}.',
    scope: 'region-target',
  },
];
