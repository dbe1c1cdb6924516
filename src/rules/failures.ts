import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const failuresRules = ({ runs }: Plan): Rule[] => [
  {
    why: `Silent while all fail, and for as long after as the three-minute window holds failures.`,
    alert: 'PglatencyRegionFailing',
    expr: `
      region:pglatency_operation_failures:ratio_3m
      and region:pglatency_failing:bool == 1
      unless on (target) max_over_time(target:pglatency_all_regions_failing:bool[${runs(5)}]) == 1`,
    for: '2m',
    severity: 'page',
    operation: 'all',
    summary:
      '{{ $value | humanizePercentage }} of the operations from {{ $labels.region }} to {{ $labels.target }} fail',
    description:
      '{{ $labels.region }}, ping, select and insert: {{ $value | humanizePercentage }} failed; normal is none. The most frequent reason: {{ with printf `topk(1, sum by (reason) (increase(pglatency_operation_failures_total{target="%s",region="%s"}[5m])))` $labels.target $labels.region | query }}{{ . | first | label "reason" }}{{ end }}.',
    scope: 'region-target',
  },
  {
    alert: 'PglatencyRegionErrors',
    expr: `
      region:pglatency_operation_failures:ratio_30m > 0.05
      and region:pglatency_operation_failures:ratio_5m > 0.05
      and sum by (target, region) (increase(pglatency_operations_total{outcome="failure", operation!="connect"}[${runs(30)}])) >= 10
      unless max_over_time(region:pglatency_failing:bool[${runs(6)}]) == 1
      unless on (target) max_over_time(target:pglatency_all_regions_failing:bool[${runs(35)}]) == 1`,
    for: '2m',
    severity: 'ticket',
    operation: 'all',
    summary:
      '{{ $value | humanizePercentage }} of the operations from {{ $labels.region }} to {{ $labels.target }} fail',
    description:
      '{{ $labels.region }}, ping, select and insert: {{ $value | humanizePercentage }} failed; normal is none. The most frequent reason: {{ with printf `topk(1, sum by (reason) (increase(pglatency_operation_failures_total{target="%s",region="%s"}[5m])))` $labels.target $labels.region | query }}{{ . | first | label "reason" }}{{ end }}.',
    scope: 'region-target',
  },
  {
    why: `New connections fail while the warm one still works: the connection limit, TLS, a password
      that was changed. Applications that restart now will not come back.`,
    alert: 'PglatencyConnectFailing',
    expr: `
      region:pglatency_connect_failures:ratio_5m > 0.5
      and sum by (target, region) (increase(pglatency_operations_total{outcome="failure", operation="connect"}[${runs(5)}])) >= 2
      unless region:pglatency_failing:bool == 1
      unless on (target) max_over_time(target:pglatency_all_regions_failing:bool[${runs(10)}]) == 1`,
    for: '2m',
    severity: 'page',
    operation: 'connect',
    summary:
      'New connections from {{ $labels.region }} to {{ $labels.target }} fail; queries on the open one work',
    description:
      '{{ $labels.region }}, connect: {{ $value | humanizePercentage }} failed; normal is none. The most frequent reason: {{ with printf `topk(1, sum by (reason) (increase(pglatency_operation_failures_total{operation="connect",target="%s",region="%s"}[5m])))` $labels.target $labels.region | query }}{{ . | first | label "reason" }}{{ end }}.',
    scope: 'region-target',
  },
];
