import type { Registry } from './registry.js';
import { FAILURE_REASONS, type Operation, type Sample } from '../probe/results/result.js';
import { histogram } from './histogram.js';
import { counter, MS_PER_SECOND } from './instruments.js';
import { CONNECT_BUCKETS, METRICS, OPERATION_BUCKETS, OPERATION_OUTCOMES } from './names.js';
import type { TargetSeries } from './target-series.js';

/** The samples of the scheduled runs. A failure is counted, and never a latency. */
export function operationMetrics(registry: Registry, layoutOf: TargetSeries['layoutOf']) {
  const duration = histogram(registry, METRICS.operationDuration, ({ target, operation }) =>
    layoutOf(target, operation) === 'connect' ? CONNECT_BUCKETS : OPERATION_BUCKETS,
  );
  const operations = counter(registry, METRICS.operations);
  const failures = counter(registry, METRICS.operationFailures);
  return {
    add(target: string, operation: Operation): void {
      duration.zero({ target, operation });
      for (const outcome of OPERATION_OUTCOMES) operations.inc({ target, operation, outcome }, 0);
      for (const reason of FAILURE_REASONS) failures.inc({ target, operation, reason }, 0);
    },
    remove(target: string, operation: Operation): void {
      duration.remove({ target, operation });
      for (const outcome of OPERATION_OUTCOMES) operations.remove({ target, operation, outcome });
      for (const reason of FAILURE_REASONS) failures.remove({ target, operation, reason });
    },
    observe(target: string, operation: Operation, sample: Sample): void {
      operations.inc({ target, operation, outcome: sample.ok ? 'success' : 'failure' });
      if (sample.ok) duration.observe({ target, operation }, sample.durationMs / MS_PER_SECOND);
      else failures.inc({ target, operation, reason: sample.reason });
    },
  };
}
