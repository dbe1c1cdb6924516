import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Region } from '../regions.js';
import {
  FAILURE_REASONS,
  RUN_OUTCOMES,
  TRIGGERS,
  type Operation,
  type RunResult,
  type Sample,
  samplesByOperation,
} from '../probe/result.js';
import { summarise } from '../probe/statistics.js';
import { createHistogramWithLayouts } from './histogram-layouts.js';
import { replicaMetrics } from './replica-metrics.js';
import { scheduleMetrics, type ScheduleMetrics } from './schedule-metrics.js';
import {
  createTargetSeries,
  type MeasuredTarget,
  type SeriesHooks,
  type TargetSeries,
} from './target-series.js';
import { exportTunnel, type ReadTunnel } from './tunnel.js';
import {
  CONNECT_BUCKETS,
  HTTP_BUCKETS,
  METRICS,
  OPERATION_BUCKETS,
  OPERATION_OUTCOMES,
  RUN_BUCKETS,
  RUN_STATISTICS,
} from './names.js';

export interface Metrics extends ScheduleMetrics {
  /** Takes in a finished run. Only scheduled runs enter the latencies. */
  observeRun(result: RunResult): void;
  /** New series begin at zero, those of what has gone are removed, the others are left alone. */
  replaceTargets(targets: readonly MeasuredTarget[]): void;
  /** The configuration was read again, or could not be. */
  observeReload(isSuccessful: boolean): void;
  countWorkerRestart(): void;
  observeHttpRequest(request: {
    method: string;
    route: string;
    status: number;
    durationMs: number;
  }): void;
  readonly contentType: string;
  /** Everything, in Prometheus's text format. */
  render(): Promise<string>;
}

export interface MetricsOptions {
  readonly region: Region;
  readonly targets: readonly MeasuredTarget[];
  readonly version: string;
  readonly revision: string | null;
  /** The state of this region's tunnel; left out: there is none. */
  readonly readTunnel?: ReadTunnel | undefined;
}

const MS_PER_SECOND = 1_000;

/** prom-client's gauges that are named like counters, which promtool rejects; their detail is kept. */
const MISNAMED_DEFAULTS = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The registry of one backend, with every series that can be foreseen at zero. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ region: options.region.code });
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED_DEFAULTS) registry.removeSingleMetric(name);
  const probe = probeMetrics(registry);
  probe.replaceTargets(options.targets);
  const observeReload = reloadMetrics(registry);
  const workerRestarts = counter(registry, METRICS.workerRestarts);
  const http = histogram(registry, METRICS.httpRequestDuration, HTTP_BUCKETS);
  constantMetrics(registry, options);
  if (options.readTunnel !== undefined) exportTunnel(registry, options.readTunnel);

  return {
    ...probe,
    observeReload,
    ...scheduleMetrics(registry),
    countWorkerRestart: () => workerRestarts.inc(),
    observeHttpRequest({ method, route, status, durationMs }) {
      http.observe({ method, route, status }, durationMs / MS_PER_SECOND);
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

function probeMetrics(registry: Registry): Pick<Metrics, 'observeRun' | 'replaceTargets'> {
  const series = createTargetSeries();
  const runs = runMetrics(registry);
  const operations = operationMetrics(registry, series.layoutOf);
  const latest = latestRunMetrics(registry);
  const replicas = replicaMetrics(registry);
  const hooks: SeriesHooks = {
    addTarget: runs.add,
    removeTarget(target) {
      runs.remove(target);
      latest.removeTarget(target);
    },
    addReplica: replicas.zero,
    removeReplica: replicas.remove,
    addOperation: operations.add,
    removeOperation(target, operation) {
      operations.remove(target, operation);
      latest.removeOperation(target, operation);
    },
  };
  return {
    replaceTargets: (targets) => series.replace(targets, hooks),
    observeRun(result) {
      runs.observe(result);
      if (result.trigger !== 'schedule' || result.outcome === 'aborted') return;
      const { target } = result;
      for (const [operation, samples] of samplesByOperation(result.samples)) {
        // A reload may have taken it away while the run was under way.
        if (!series.has(target, operation)) continue;
        operations.observe(target, operation, samples);
        latest.observeOperation(target, operation, samples);
      }
      latest.observe(result);
      if (series.hasReplica(target)) replicas.observe(result);
    },
  };
}

function runMetrics(registry: Registry) {
  const runs = counter(registry, METRICS.runs);
  const runDuration = histogram(registry, METRICS.runDuration, RUN_BUCKETS);
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

function operationMetrics(registry: Registry, layoutOf: TargetSeries['layoutOf']) {
  const duration = createHistogramWithLayouts(
    registry,
    METRICS.operationDuration,
    [OPERATION_BUCKETS, CONNECT_BUCKETS],
    ({ target, operation }) =>
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
    observe(target: string, operation: Operation, samples: readonly Sample[]): void {
      for (const sample of samples) {
        operations.inc({ target, operation, outcome: sample.ok ? 'success' : 'failure' });
        if (sample.ok) duration.observe({ target, operation }, sample.durationMs / MS_PER_SECOND);
        else failures.inc({ target, operation, reason: sample.reason });
      }
    },
  };
}

/** The gauges that show the latest scheduled run; absent where it measured nothing. */
function latestRunMetrics(registry: Registry) {
  const operationSeconds = gauge(registry, METRICS.lastRunOperation);
  const targetUp = gauge(registry, METRICS.targetUp);
  const tableRows = gauge(registry, METRICS.probeTableRows);
  const lastRun = gauge(registry, METRICS.lastRunTimestamp);
  const lastSuccess = gauge(registry, METRICS.lastSuccessTimestamp);

  return {
    observeOperation(target: string, operation: Operation, samples: readonly Sample[]): void {
      const { p50, max } = summarise(samples.flatMap((s) => (s.ok ? [s.durationMs] : [])));
      for (const [statistic, ms] of [['median', p50] as const, ['max', max] as const]) {
        const labels = { target, operation, statistic };
        if (ms === null) operationSeconds.remove(labels);
        else operationSeconds.set(labels, ms / MS_PER_SECOND);
      }
    },
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

/** As Prometheus says it of itself; the configuration that it started with counts as read. */
function reloadMetrics(registry: Registry): (isSuccessful: boolean) => void {
  const successful = gauge(registry, METRICS.reloadSuccessful);
  const lastSuccess = gauge(registry, METRICS.reloadTimestamp);
  const observe = (isSuccessful: boolean) => {
    successful.set(isSuccessful ? 1 : 0);
    if (isSuccessful) lastSuccess.set(Date.now() / MS_PER_SECOND);
  };
  observe(true);
  return observe;
}

function constantMetrics(registry: Registry, options: MetricsOptions): void {
  const { city, country, latitude, longitude } = options.region;
  // An empty label is an absent one to Prometheus.
  gauge(registry, METRICS.regionInfo).set(
    { city, country: country ?? '', latitude: latitude ?? '', longitude: longitude ?? '' },
    1,
  );
  gauge(registry, METRICS.buildInfo).set(
    { version: options.version, node: process.version, revision: options.revision ?? '' },
    1,
  );
}

type Definition = { name: string; help: string; labels: readonly string[] };

function counter(registry: Registry, { name, help, labels }: Definition) {
  return new Counter({ name, help, labelNames: [...labels], registers: [registry] });
}

function gauge(registry: Registry, { name, help, labels }: Definition) {
  return new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
}

function histogram(registry: Registry, { name, help, labels }: Definition, buckets: number[]) {
  return new Histogram({ name, help, labelNames: [...labels], buckets, registers: [registry] });
}
