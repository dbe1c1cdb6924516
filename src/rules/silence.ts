import type { Rule } from './rule.js';

export const silenceRules = (): Rule[] => [
  {
    record: 'region:pglatency_silent:bool',
    expr: `
      (region:pglatency_expected_select_seconds:constant * 0 + 1)
        unless on (region) count by (region) (count_over_time(pglatency_schedule_interval_seconds[90s]))
      or
      (region:pglatency_expected_select_seconds:constant * 0 + 1)
        and on (region) (
          sum by (region) (increase(pglatency_operations_total[4m])) == 0
          and count by (region) (pglatency_operations_total offset 4m)
        )
      or
      region:pglatency_expected_select_seconds:constant * 0`,
  },
  {
    alert: 'PglatencyRegionSilent',
    expr: `region:pglatency_silent:bool == 1`,
    for: '1m',
    severity: 'page',
    operation: 'all',
    summary: 'Nothing is heard from {{ $labels.region }}',
    description:
      '{{ $labels.region }} is on the list of expected regions (expected-regions.yml), and either exported nothing for 90 seconds or measured nothing for four minutes. Its latency is not known: that no other alert fires for it means nothing. Backends that answer now: {{ with query `count(count by (region) (count_over_time(pglatency_schedule_interval_seconds[90s])))` }}{{ . | first | value }}{{ else }}0{{ end }}; expected {{ with query `count(region:pglatency_expected_select_seconds:constant)` }}{{ . | first | value }}{{ end }}.',
    scope: 'region',
  },
];
