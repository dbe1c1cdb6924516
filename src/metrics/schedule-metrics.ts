import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
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

const MS_PER_SECOND = 1_000;

export function scheduleMetrics(registry: Registry): ScheduleMetrics {
  const registers = [registry];
  const definition = ({ name, help, labels }: Definition) => ({
    name,
    help,
    labelNames: [...labels],
    registers,
  });
  const interval = new Gauge(definition(METRICS.scheduleInterval));
  // Without this an absent time would be exported as 0, the year 1970.
  const nextRun = absentGauge(definition(METRICS.scheduleNextRun));
  const lastPlanned = absentGauge(definition(METRICS.scheduleLastPlanned));
  const delay = new Histogram({
    ...definition(METRICS.scheduleDelay),
    buckets: SCHEDULE_DELAY_BUCKETS,
  });
  const skipped = new Counter(definition(METRICS.scheduleSkipped));
  for (const reason of SKIP_REASONS) skipped.inc({ reason }, 0);
  const clockSteps = new Counter(definition(METRICS.clockSteps));
  return {
    setScheduleInterval: (intervalMs) => interval.set(intervalMs / MS_PER_SECOND),
    setNextRun: (plannedAt) => nextRun.set(plannedAt.getTime() / MS_PER_SECOND),
    setLastPlanned: (plannedAt) => lastPlanned.set(plannedAt.getTime() / MS_PER_SECOND),
    observeScheduleDelay: (delayMs) => delay.observe(delayMs / MS_PER_SECOND),
    countSkipped: (reason) => skipped.inc({ reason }),
    countClockStep: () => clockSteps.inc(),
  };
}

function absentGauge(definition: ConstructorParameters<typeof Gauge>[0]): Gauge {
  const gauge = new Gauge(definition);
  gauge.remove();
  return gauge;
}

type Definition = { name: string; help: string; labels: readonly string[] };
