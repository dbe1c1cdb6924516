import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const connectRules = ({ runs }: Plan): Rule[] => [
  {
    why: `Connect alone: TLS, authentication. It is many round trips, so what the path added to a
      select over the same fifteen minutes is taken off first; and a tail hits each of the round trips.`,
    record: 'region:pglatency_connect_alone:ratio',
    expr: `
      region_operation:pglatency_operation_seconds:ratio_now{operation="connect", region!="hub"}
      / ignoring (operation)
      clamp_min(region_operation:pglatency_operation_seconds:ratio_15m, 1)`,
  },
  {
    why: `Which phase took the extra time, for the text. The look-up of the name (dns) is outside connect.`,
    record: 'region_phase:pglatency_connect_phase_seconds:mean_15m',
    expr: `
      sum by (target, region, phase) (increase(pglatency_connect_phase_seconds_sum[${runs(15)}]))
      / (sum by (target, region, phase) (increase(pglatency_connect_phase_seconds_count[${runs(15)}])) > 0)`,
  },
  {
    record: 'region_phase:pglatency_connect_phase_seconds:excess_now',
    expr: `
      region_phase:pglatency_connect_phase_seconds:mean_15m
      - last_over_time(region_phase:pglatency_connect_phase_seconds:mean_1d[15m])`,
  },
  {
    alert: 'PglatencyConnectSlow',
    expr: `
      region_operation:pglatency_operation_seconds:median_now{operation="connect"}
      and on (target, region) region:pglatency_connect_alone:ratio > 1.3
      and region_operation:pglatency_operation_seconds:excess_now > 0.02
      unless on (target, region) avg_over_time(region_operation:pglatency_tail_run:bool[${runs(30)}]) > 0.2`,
    for: runs(5),
    severity: 'ticket',
    summary:
      'A new connection from {{ $labels.region }} to {{ $labels.target }} takes {{ $value | humanizeDuration }}; queries do not',
    description:
      '{{ $labels.region }}, {{ $labels.operation }}: now {{ $value | humanizeDuration }}, and normal is {{ with printf `region_operation:pglatency_operation_seconds:baseline{target="%s",region="%s",operation="%s"}` $labels.target $labels.region $labels.operation | query }}{{ . | first | value | humanizeDuration }}{{ end }}. Queries on a warm connection did not slow down as much: TLS, authentication, or a server short of processes. Change of each phase against the day before: {{ range $i, $phase := printf `sort_desc(region_phase:pglatency_connect_phase_seconds:excess_now{target="%s",region="%s",phase!="dns"})` $labels.target $labels.region | query }}{{ if $i }}, {{ end }}{{ $phase.Labels.phase }} {{ $phase.Value | humanizeDuration }}{{ else }}not known{{ end }}.{{ with printf `region_phase:pglatency_connect_phase_seconds:mean_15m{target="%s",region="%s",phase="dns"} > 0.1` $labels.target $labels.region | query }} Besides, the look-up of the name (dns) takes {{ . | first | value | humanizeDuration }}. Connect does not include it.{{ end }}',
    scope: 'region-target',
  },
];
