import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const allRegionsRules = ({ runs }: Plan): Rule[] => [
  {
    why: `A ratio sees what grows with distance. The second term sees a fixed time that is added, which
      is a large ratio in London and an invisible one in Sydney. Two regions are no fleet.`,
    record: 'target:pglatency_fleet_slow:bool',
    expr: `
      clamp_max(
        (
          avg by (target) (
            (region_operation:pglatency_operation_seconds:ratio_now{operation="select", region!="hub"} > bool 1.13)
            * (region_operation:pglatency_operation_seconds:excess_now{operation="select", region!="hub"} > bool clamp(region_operation:pglatency_operation_seconds:baseline, 0.0005, 0.002))
          ) >= bool 0.7
        )
        +
        (
          quantile by (target) (0.3,
            region_operation:pglatency_operation_seconds:excess_now{operation="select", region!="hub"}
          ) > bool 0.006
        ),
        1
      )
      *
      (
        count by (target) (
          region_operation:pglatency_operation_seconds:excess_now{operation="select", region!="hub"}
        ) >= bool 3
      )`,
  },
  {
    why: `Where a backend runs beside the database, it sees the database alone.`,
    record: 'target:pglatency_hub_slow:bool',
    expr: `
      max by (target) (
        (region_operation:pglatency_operation_seconds:excess_now{operation="select", region="hub"} > bool 0.003)
        * (region_operation:pglatency_operation_seconds:ratio_now{operation="select", region="hub"} > bool 1.3)
      )`,
  },
  {
    record: 'target:pglatency_all_regions_slow:bool',
    expr: `
      max by (target) (
        label_replace(target:pglatency_fleet_slow:bool, "seen_by", "fleet", "", "")
        or
        label_replace(target:pglatency_hub_slow:bool, "seen_by", "hub", "", "")
      )`,
  },
  {
    alert: 'PglatencyAllRegionsSlow',
    expr: `
      target:pglatency_excess_seconds:median_now
      and target:pglatency_all_regions_slow:bool == 1`,
    for: runs(1),
    severity: 'page',
    operation: 'select',
    summary: 'All regions are slow to {{ $labels.target }}: the database or the hub, not a path',
    description:
      'A select takes {{ $value | humanizeDuration }} longer than normal in the middle region, and most regions moved together. A write costs {{ with printf `target:pglatency_write_cost_seconds:median_now{target="%s"}` $labels.target | query }}{{ . | first | value | humanizeDuration }}{{ end }} on top of a read. Beside the database (region hub; nothing here where no backend runs there) a select takes {{ with printf `region_operation:pglatency_operation_seconds:median_now{target="%s",region="hub",operation="select"}` $labels.target | query }}{{ . | first | value | humanizeDuration }}{{ end }} and normally {{ with printf `region_operation:pglatency_operation_seconds:baseline{target="%s",region="hub",operation="select"}` $labels.target | query }}{{ . | first | value | humanizeDuration }}{{ end }}: slow there too is the database, quick there is the hub or what is behind it.',
    scope: 'target',
  },
];
