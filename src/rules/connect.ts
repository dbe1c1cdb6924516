import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { againstNormal, list, OF_REGION_TARGET, REGION_TARGET, sentences, value } from './text.js';

const PHASE = 'region_phase:pglatency_connect_phase_seconds';

const slowestPhase =
  '{{ with printf `topk(1, region_phase:pglatency_connect_phase_seconds:excess_now{fleet="%s",target="%s",region="%s",phase!="dns"} > 0)` $labels.fleet $labels.target $labels.region | query }}; most of it in {{ . | first | label "phase" }}{{ end }}';

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
      sum by (fleet, target, region, phase) (increase(pglatency_connect_phase_seconds_sum[${runs(15)}]))
      / (sum by (fleet, target, region, phase) (increase(pglatency_connect_phase_seconds_count[${runs(15)}])) > 0)`,
  },
  {
    record: 'region_phase:pglatency_connect_phase_seconds:excess_now',
    expr: `
      region_phase:pglatency_connect_phase_seconds:mean_15m
      - last_over_time(region_phase:pglatency_connect_phase_seconds:baseline[15m])`,
  },
  {
    alert: 'PglatencyConnectSlow',
    expr: `
      region_operation:pglatency_operation_seconds:median_now{operation="connect"}
      and on (fleet, target, region) region:pglatency_connect_alone:ratio > 1.3
      and region_operation:pglatency_operation_seconds:excess_now > 0.02
      unless on (fleet, target, region) avg_over_time(region_operation:pglatency_tail_run:bool[${runs(30)}]) > 0.2`,
    for: runs(5),
    severity: 'ticket',
    summary: `${REGION_TARGET}: a new connection takes ${againstNormal('{{ $value | humanizeDuration }}')}${slowestPhase}`,
    description: sentences(
      'First look at the phase that grew. tcp: the path. tls: the certificate or the processor. startup: authentication, a pooler, or a server short of processes.',
      'Queries on a warm connection did not slow down as much. Change of each phase against the day before:',
      `${list(`${PHASE}:excess_now{,phase!="dns"}`, OF_REGION_TARGET, 'phase')}.${value(`${PHASE}:mean_15m{,phase="dns"} > 0.1`, OF_REGION_TARGET, 'humanizeDuration', { before: ' Also, the look-up of the name (dns) takes ', after: '. Connect does not include it.' })}`,
    ),
    scope: 'region-target',
  },
];
