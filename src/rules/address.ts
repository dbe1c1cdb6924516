import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { OF_REGION_TARGET, reason, REGION_TARGET, sentences } from './text.js';

export const addressRules = ({ hours, runs }: Plan): Rule[] => [
  {
    why: `One address of several is dead, and another one answers: nothing fails yet. The ratios are failed
      attempts for each connection that succeeded; with three addresses in turn, a dead one makes it a third.`,
    record: 'region:pglatency_connect_successes:increase_1h',
    expr: `sum by (fleet, target, region) (increase(pglatency_operations_total{outcome="success", operation="connect"}[${hours(1, 60)}]))`,
  },
  {
    record: 'region:pglatency_connect_attempt_failures:ratio_1h',
    expr: `
      sum by (fleet, target, region) (increase(pglatency_connect_attempt_failures_total{reason!="unreachable"}[${hours(1, 60)}]))
      / (region:pglatency_connect_successes:increase_1h >= 5)`,
  },
  {
    record: 'region:pglatency_connect_attempts_unreachable:ratio_1h',
    expr: `
      sum by (fleet, target, region) (increase(pglatency_connect_attempt_failures_total{reason="unreachable"}[${hours(1, 60)}]))
      / (region:pglatency_connect_successes:increase_1h >= 5)`,
  },
  {
    why: `What was unreachable for three days, or since the region began, is no news: a name that has an IPv6
      address too, measured from a machine without IPv6, costs nothing and needs no ticket.`,
    alert: 'PglatencyAddressFailing',
    expr: `
      region:pglatency_connect_attempt_failures:ratio_1h > 0.05
      and sum by (fleet, target, region) (increase(pglatency_connect_attempt_failures_total{reason!="unreachable"}[${runs(20)}])) > 0
      or
      region:pglatency_connect_attempts_unreachable:ratio_1h > 0.05
      and sum by (fleet, target, region) (increase(pglatency_connect_attempt_failures_total{reason="unreachable"}[${runs(20)}])) > 0
      unless min_over_time(region:pglatency_connect_attempts_unreachable:ratio_1h[${hours(72, 120)}]) > 0.05`,
    for: '30m',
    severity: 'ticket',
    operation: 'connect',
    summary: `${REGION_TARGET}: one of several addresses does not answer`,
    description: sentences(
      'First find the address with pglatency doctor. Then repair it, or remove it from the name.',
      '{{ $labels.region }}, connect: for each new connection that succeeded within an hour, {{ $value | humanizePercentage }} failed first on another address of the same name; normal is none. Connections still succeed, on the addresses that are left.',
      reason('pglatency_connect_attempt_failures_total{}', OF_REGION_TARGET, hours(1, 60)),
    ),
    scope: 'region-target',
  },
];
