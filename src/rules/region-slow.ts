import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { LIMITS, regionAbove, shareOfRegions } from './limits.js';
import { againstNormal, OF_REGION_TARGET, REGION_TARGET, sentences, value } from './text.js';
import { wasAllSlow } from './series.js';

const onPath = value(
  '100 * region:pglatency_excess_on_path:ratio{}',
  OF_REGION_TARGET,
  'printf "%.0f"',
  {
    before: '; ',
    after: '% of the extra time is on the path',
  },
);

export const SLOW = `${REGION_TARGET}: a select takes ${againstNormal('{{ $value | humanizeDuration }}')}${onPath}`;

export const SLOW_WHY = sentences(
  'First look at the share on the path. Near 100 %: the path from this region (its provider, its tunnel). Near 0 %: the database, which other regions see too.',
  '{{ $labels.region }}, {{ $labels.operation }}: now {{ $value | humanizeDuration }}, compared with what is normal at this time of day.',
);

export const regionSlowRules = ({ runs }: Plan): Rule[] => [
  {
    why: `One region. The excess must be a floor besides, so that a region next door does not alert for
      microseconds: its own normal, but at least 0.5 ms and at most 2 (the ticket: 1.5). Silent while all are slow, and as long after as the window echoes.
      A large shift: every run of two minutes, twice. Regions that leap together are not for this
      rule, and at this speed the fleet's own rule is not there yet.`,
    alert: 'PglatencyRegionSurged',
    expr: `
      region_operation:pglatency_operation_seconds:median_now{operation="select", region!="hub"}
      and region_operation:pglatency_operation_seconds:ratio_of_minimum_2m > ${LIMITS.surged}
      and (region_operation:pglatency_operation_seconds:ratio_of_minimum_2m - 1) * region_operation:pglatency_operation_seconds:baseline > clamp(region_operation:pglatency_operation_seconds:baseline, 0.0005, 0.002)
      unless on (fleet, target) (
        avg by (fleet, target) (region_operation:pglatency_operation_seconds:ratio_of_minimum_2m{region!="hub"} > bool 1.13) >= ${shareOfRegions(0.5)}
        and count by (fleet, target) (region_operation:pglatency_operation_seconds:ratio_of_minimum_2m{region!="hub"}) >= 3
      )
      unless on (fleet, target) ${wasAllSlow(runs(10))} == 1`,
    for: runs(1),
    severity: 'page',
    summary: SLOW,
    description: SLOW_WHY,
    scope: 'region-target',
  },
  {
    alert: 'PglatencyRegionSlow',
    expr: `${regionAbove('slow')}
      unless on (fleet, target) ${wasAllSlow(runs(10))} == 1`,
    for: runs(4),
    severity: 'page',
    summary: SLOW,
    description: SLOW_WHY,
    scope: 'region-target',
  },
];
