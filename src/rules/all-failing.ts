import { latest } from './failure-ratios.js';
import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { OF_TARGET, reason, sentences, TARGET } from './text.js';

export const allFailingRules = ({ runs }: Plan): Rule[] => [
  {
    alert: 'PglatencyAllRegionsFailing',
    expr: `
      avg by (fleet, target) (${latest('region:pglatency_operation_failures:ratio_3m{region!="hub"}')})
      and target:pglatency_all_regions_failing:bool == 1`,
    for: '1m',
    severity: 'page',
    operation: 'all',
    summary: `${TARGET}: {{ $value | humanizePercentage }} of the operations fail in all regions; normal is none`,
    description: sentences(
      'First look at the database, then at the hub: one of them is down, or refuses every connection.',
      `All regions: {{ $value | humanizePercentage }} of ping, select and insert failed within ${runs(3)}.`,
      reason('pglatency_operation_failures_total{}', OF_TARGET, runs(5)),
    ),
    scope: 'target',
  },
];
