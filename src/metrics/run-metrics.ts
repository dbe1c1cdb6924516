import type { Registry } from './registry.js';
import { RUN_OUTCOMES, TRIGGERS, type RunResult } from '../probe/results/result.js';
import { histogram } from './histogram.js';
import { counter, MS_PER_SECOND } from './instruments.js';
import { METRICS, RUN_BUCKETS } from './names.js';

/** Whole runs of both kinds: how many, how they ended, and how long they took. */
export function runMetrics(registry: Registry) {
  const runs = counter(registry, METRICS.runs);
  const runDuration = histogram(registry, METRICS.runDuration, () => RUN_BUCKETS);
  return {
    add(target: string): void {
      for (const trigger of TRIGGERS) {
        runDuration.zero({ target, trigger });
        for (const outcome of RUN_OUTCOMES) runs.inc({ target, trigger, outcome }, 0);
      }
    },
    remove(target: string): void {
      for (const trigger of TRIGGERS) {
        runDuration.remove({ target, trigger });
        for (const outcome of RUN_OUTCOMES) runs.remove({ target, trigger, outcome });
      }
    },
    observe({ target, trigger, outcome, durationMs }: RunResult): void {
      runs.inc({ target, trigger, outcome });
      runDuration.observe({ target, trigger }, durationMs / MS_PER_SECOND);
    },
  };
}
