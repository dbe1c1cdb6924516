import { performance } from 'node:perf_hooks';
import type { Sample } from './results/result.js';

/** What a run may spend on operations that fail or are slow. */
export interface RunBudget {
  /** Charges what `work` takes, if it fails or is slow. */
  charge(work: () => Promise<Sample>): Promise<Sample>;
  /** Then the run ends with what it has. */
  isSpent(): boolean;
}

/** In deadlines. A run of a healthy target may last longer: a hundred rounds from Sydney are a minute. */
const DEADLINES = 3;
/** An operation that takes a larger share of its deadline is slow. */
const SLOW_SHARE = 0.5;

export function createRunBudget(timeoutMs: number): RunBudget {
  let spentMs = 0;
  return {
    async charge(work) {
      const startedAt = performance.now();
      const sample = await work();
      const tookMs = performance.now() - startedAt;
      if (!sample.ok || tookMs > timeoutMs * SLOW_SHARE) spentMs += tookMs;
      return sample;
    },
    isSpent: () => spentMs >= timeoutMs * DEADLINES,
  };
}
