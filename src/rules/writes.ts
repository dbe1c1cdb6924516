import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

export const writesRules = ({ runs }: Plan): Rule[] => [
  {
    why: `Writes alone: the log's flush, a replica that must confirm, a lock.`,
    alert: 'PglatencyWritesSlow',
    expr: `
      target:pglatency_write_cost_seconds:median_now
      > 2 * last_over_time(target:pglatency_write_cost_seconds:baseline[15m]) + 0.005`,
    for: runs(5),
    severity: 'ticket',
    operation: 'insert',
    summary: 'Writes to {{ $labels.target }} cost {{ $value | humanizeDuration }} more than reads',
    description:
      'All regions, insert: in the middle region an insert takes {{ $value | humanizeDuration }} longer than a select; normal is {{ with printf `target:pglatency_write_cost_seconds:baseline{target="%s"}` $labels.target | query }}{{ . | first | value | humanizeDuration }}{{ end }}. The path is the same for both: look at the database\'s log flush, its storage, a synchronous replica, locks.',
    scope: 'target',
  },
];
