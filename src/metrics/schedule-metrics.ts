import { histogram } from './histogram.js';
import { counter, gauge, MS_PER_SECOND } from './instruments.js';
import type { Registry } from './registry.js';
import { METRICS, SCHEDULE_DELAY_BUCKETS, SKIP_REASONS, type SkipReason } from './names.js';

export interface ScheduleMetrics {
  setScheduleInterval(intervalMs: number): void;
  /** The next run is planned for this time. */
  setNextRun(plannedAt: Date): void;
  /** The latest tick, whether it started runs or was missed. */
  setLastPlanned(plannedAt: Date): void;
  observeScheduleDelay(delayMs: number): void;
  countSkipped(reason: SkipReason): void;
  countClockStep(): void;
}

export function scheduleMetrics(registry: Registry): ScheduleMetrics {
  const interval = gauge(registry, METRICS.scheduleInterval);
  const nextRun = gauge(registry, METRICS.scheduleNextRun);
  const lastPlanned = gauge(registry, METRICS.scheduleLastPlanned);
  const delay = histogram(registry, METRICS.scheduleDelay, () => SCHEDULE_DELAY_BUCKETS);
  const skipped = counter(registry, METRICS.scheduleSkipped);
  for (const reason of SKIP_REASONS) skipped.inc({ reason }, 0);
  const clockSteps = counter(registry, METRICS.clockSteps);
  return {
    setScheduleInterval: (intervalMs) => interval.set({}, intervalMs / MS_PER_SECOND),
    setNextRun: (plannedAt) => nextRun.set({}, plannedAt.getTime() / MS_PER_SECOND),
    setLastPlanned: (plannedAt) => lastPlanned.set({}, plannedAt.getTime() / MS_PER_SECOND),
    observeScheduleDelay: (delayMs) => delay.observe({}, delayMs / MS_PER_SECOND),
    countSkipped: (reason) => skipped.inc({ reason }),
    countClockStep: () => clockSteps.inc({}),
  };
}
