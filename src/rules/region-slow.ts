import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const regionSlowRules = ({ runs }: Plan): Rule[] => [
  {
    why: `One region. The excess must be a floor besides, so that a region next door does not alert for
      microseconds: its own normal, but at least 0.5 ms and at most 2 (the ticket: 1.5). Silent while all are slow, and as long after as the window echoes.
      A large shift: every run of two minutes, twice. Regions that leap together are not for this
      rule, and at this speed the fleet's own rule is not there yet.`,
    alert: 'PglatencyRegionSurged',
    expr: `
      region_operation:pglatency_operation_seconds:median_now{operation="select", region!="hub"}
      and region_operation:pglatency_operation_seconds:ratio_of_minimum_2m > 1.7
      and (region_operation:pglatency_operation_seconds:ratio_of_minimum_2m - 1) * region_operation:pglatency_operation_seconds:baseline > clamp(region_operation:pglatency_operation_seconds:baseline, 0.0005, 0.002)
      unless on (target) (
        avg by (target) (region_operation:pglatency_operation_seconds:ratio_of_minimum_2m{region!="hub"} > bool 1.13) >= 0.5
        and count by (target) (region_operation:pglatency_operation_seconds:ratio_of_minimum_2m{region!="hub"}) >= 3
      )
      unless on (target) max_over_time(target:pglatency_all_regions_slow:bool[${runs(10)}]) == 1`,
    for: runs(1),
    severity: 'page',
    summary:
      'A select from {{ $labels.region }} to {{ $labels.target }} takes {{ $value | humanizeDuration }}',
    description:
      '{{ $labels.region }}, {{ $labels.operation }}: now {{ $value | humanizeDuration }}, and normal at this time of day is {{ with printf `region_operation:pglatency_operation_seconds:baseline{target="%s",region="%s",operation="%s"}` $labels.target $labels.region $labels.operation | query }}{{ . | first | value | humanizeDuration }}{{ end }}. Path or database: ping has {{ with printf `region:pglatency_excess_on_path:ratio{target="%s",region="%s"}` $labels.target $labels.region | query }}{{ . | first | value | humanizePercentage }}{{ end }} of the extra time (near 100 % it is the path from this region, near 0 % the database).',
    scope: 'region-target',
  },
  {
    alert: 'PglatencyRegionSlow',
    expr: `
      region_operation:pglatency_operation_seconds:median_now{operation="select", region!="hub"}
      and region_operation:pglatency_operation_seconds:ratio_now > 1.3
      and region_operation:pglatency_operation_seconds:excess_now > clamp(region_operation:pglatency_operation_seconds:baseline, 0.0005, 0.002)
      unless on (target) max_over_time(target:pglatency_all_regions_slow:bool[${runs(10)}]) == 1`,
    for: runs(4),
    severity: 'page',
    summary:
      'A select from {{ $labels.region }} to {{ $labels.target }} takes {{ $value | humanizeDuration }}',
    description:
      '{{ $labels.region }}, {{ $labels.operation }}: now {{ $value | humanizeDuration }}, and normal at this time of day is {{ with printf `region_operation:pglatency_operation_seconds:baseline{target="%s",region="%s",operation="%s"}` $labels.target $labels.region $labels.operation | query }}{{ . | first | value | humanizeDuration }}{{ end }}. Path or database: ping has {{ with printf `region:pglatency_excess_on_path:ratio{target="%s",region="%s"}` $labels.target $labels.region | query }}{{ . | first | value | humanizePercentage }}{{ end }} of the extra time (near 100 % it is the path from this region, near 0 % the database).',
    scope: 'region-target',
  },
];
