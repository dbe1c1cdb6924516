import type { Rule } from './rule.js';

export const allFailingRules = (): Rule[] => [
  {
    alert: 'PglatencyAllRegionsFailing',
    expr: `
      avg by (target) (region:pglatency_operation_failures:ratio_3m{region!="hub"})
      and target:pglatency_all_regions_failing:bool == 1`,
    for: '1m',
    severity: 'page',
    operation: 'all',
    summary:
      'Operations on {{ $labels.target }} fail in all regions: {{ $value | humanizePercentage }} of them',
    description:
      'All regions: {{ $value | humanizePercentage }} of ping, select and insert failed in the last 3 minutes; normal is none. The database or the hub is down, or refuses everybody. The most frequent reason: {{ with printf `topk(1, sum by (reason) (increase(pglatency_operation_failures_total{target="%s"}[5m])))` $labels.target | query }}{{ . | first | label "reason" }}{{ end }}.',
    scope: 'target',
  },
];
