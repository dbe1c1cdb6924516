import type { Registry } from './registry.js';
import { FAILURE_REASONS, type RunResult } from '../probe/results/result.js';
import { histogram } from './histogram.js';
import { counter, gauge, MS_PER_SECOND } from './instruments.js';
import { METRICS, VISIBILITY_BUCKETS } from './names.js';

/** How far each read-only target is behind. A read-write one has none of these series. */
export function replicaMetrics(registry: Registry) {
  const lag = gauge(registry, METRICS.replicationLag);
  const delay = histogram(registry, METRICS.visibilityDelay, () => VISIBILITY_BUCKETS);
  const lastDelay = gauge(registry, METRICS.lastRunVisibilityDelay);
  const failures = counter(registry, METRICS.visibilityFailures);

  return {
    /** The series of a read-only target that can be foreseen. */
    zero(target: string): void {
      delay.zero({ target });
      for (const reason of FAILURE_REASONS) failures.inc({ target, reason }, 0);
    },

    remove(target: string): void {
      lag.remove({ target });
      delay.remove({ target });
      lastDelay.remove({ target });
      for (const reason of FAILURE_REASONS) failures.remove({ target, reason });
    },

    /** Takes in a scheduled run. */
    observe({ target, replica }: RunResult): void {
      if (replica === null) return;
      const { lagMs, visibility } = replica;
      if (lagMs === null) lag.remove({ target });
      else lag.set({ target }, lagMs / MS_PER_SECOND);
      if (visibility?.ok === true) {
        const seconds = visibility.durationMs / MS_PER_SECOND;
        delay.observe({ target }, seconds);
        lastDelay.set({ target }, seconds);
      } else {
        lastDelay.remove({ target });
      }
      if (visibility?.ok === false) failures.inc({ target, reason: visibility.reason });
    },
  };
}
