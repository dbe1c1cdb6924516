import type { Registry } from './registry.js';
import type { Operation, RunResult, Sample } from '../probe/results/result.js';
import { summarise } from '../probe/results/statistics.js';
import { gauge, MS_PER_SECOND } from './instruments.js';
import { METRICS, RUN_STATISTICS } from './names.js';

/** The gauges that show the latest scheduled run; absent where it measured nothing. */
export function latestRunMetrics(registry: Registry) {
  const operationSeconds = gauge(registry, METRICS.lastRunOperation);
  const targetUp = gauge(registry, METRICS.targetUp);
  const tableRows = gauge(registry, METRICS.probeTableRows);
  const lastRun = gauge(registry, METRICS.lastRunTimestamp);
  const lastSuccess = gauge(registry, METRICS.lastSuccessTimestamp);

  return {
    /** An operation of the run under way failed: that target is not wholly up, whatever follows. */
    observeFailure(target: string): void {
      targetUp.set({ target }, 0);
    },
    /** Takes in one operation of a run that has ended. */
    observeOperation(target: string, operation: Operation, samples: readonly Sample[]): void {
      const { min, p50, max } = summarise(samples.flatMap((s) => (s.ok ? [s.durationMs] : [])));
      const values = { min, median: p50, max };
      for (const statistic of RUN_STATISTICS) {
        const labels = { target, operation, statistic };
        const ms = values[statistic];
        if (ms === null) operationSeconds.remove(labels);
        else operationSeconds.set(labels, ms / MS_PER_SECOND);
      }
    },
    /** Takes in a run that has ended. */
    observe({ target, outcome, startedAt, durationMs, tableRows: rows }: RunResult): void {
      const endedAtSeconds = (startedAt + durationMs) / MS_PER_SECOND;
      lastRun.set({ target }, endedAtSeconds);
      targetUp.set({ target }, outcome === 'success' ? 1 : 0);
      if (outcome === 'success') lastSuccess.set({ target }, endedAtSeconds);
      if (rows === null) tableRows.remove({ target });
      else tableRows.set({ target }, rows);
    },
    removeOperation(target: string, operation: Operation): void {
      for (const statistic of RUN_STATISTICS) {
        operationSeconds.remove({ target, operation, statistic });
      }
    },
    removeTarget(target: string): void {
      for (const each of [targetUp, tableRows, lastRun, lastSuccess]) each.remove({ target });
    },
  };
}
