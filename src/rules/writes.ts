import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { OF_TARGET, sentences, TARGET, value } from './text.js';

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
    summary: `${TARGET}: a write costs {{ $value | humanizeDuration }} more than a read${value('target:pglatency_write_cost_seconds:baseline{}', OF_TARGET, 'humanizeDuration', { before: ', normal ' })}; the database`,
    description: sentences(
      'First look at the flush of the WAL, the storage, a synchronous replica and locks of the database. It is not the path: reads have the same.',
      'The figure is of the middle region.',
    ),
    scope: 'target',
  },
];
