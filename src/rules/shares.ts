import type { Rule } from './rule.js';

export const sharesRules = (): Rule[] => [
  {
    why: `Path or database. A ping is the path and an idle database; a select adds the read.`,
    record: 'region:pglatency_path_share:ratio',
    expr: `
      region_operation:pglatency_operation_seconds:median_now{operation="ping"}
      / ignoring (operation)
      region_operation:pglatency_operation_seconds:median_now{operation="select"}`,
  },
  {
    why: `How much of a select's extra time a ping has as well: 1 is the path, 0 the database.`,
    record: 'region:pglatency_excess_on_path:ratio',
    expr: `
      clamp(
        region_operation:pglatency_operation_seconds:excess_now{operation="ping"}
        / ignoring (operation)
        (region_operation:pglatency_operation_seconds:excess_now{operation="select"} > 0),
        0, 1
      )`,
  },
  {
    why: `What a write costs on top of a read; the middle region.`,
    record: 'target:pglatency_write_cost_seconds:median_now',
    expr: `
      quantile by (fleet, target) (0.5,
        region_operation:pglatency_operation_seconds:median_now{operation="insert", region!="hub"}
        - ignoring (operation)
        region_operation:pglatency_operation_seconds:median_now{operation="select", region!="hub"}
      )`,
  },
  {
    why: `All regions together: the database or the hub, no single path.`,
    record: 'target:pglatency_excess_seconds:median_now',
    expr: `
      quantile by (fleet, target) (0.5,
        region_operation:pglatency_operation_seconds:excess_now{operation="select", region!="hub"}
      )`,
  },
];
