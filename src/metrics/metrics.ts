import type { Region } from '../regions/regions.js';
import { histogram } from './histogram.js';
import { counter, gauge, MS_PER_SECOND } from './instruments.js';
import { HTTP_BUCKETS, HTTP_METHODS, METRICS, SHED_KINDS, type ShedKind } from './names.js';
import { processMetrics } from './process-metrics.js';
import { probeMetrics, type ProbeMetrics } from './probe-metrics.js';
import { createRegistry, type Registry } from './registry.js';
import { scheduleMetrics, type ScheduleMetrics } from './schedule-metrics.js';
import type { MeasuredTarget } from './target-series.js';
import { exportTunnel, type ReadTunnel } from './tunnel.js';

export interface Metrics extends ProbeMetrics, ScheduleMetrics {
  /** The configuration was read again, or could not be. */
  observeReload(isSuccessful: boolean): void;
  countWorkerRestart(): void;
  countShed(kind: ShedKind): void;
  observeHttpRequest(request: {
    method: string;
    route: string;
    status: number;
    durationMs: number;
  }): void;
  readonly contentType: string;
  /** Everything, in Prometheus's text format. */
  render(): Promise<string>;
  /** How often a run has ended, or the configuration was read again: what was rendered before is old. */
  changes(): number;
}

export interface MetricsOptions {
  readonly fleet: string;
  readonly region: Region;
  readonly targets: readonly MeasuredTarget[];
  readonly version: string;
  readonly revision: string | null;
  /** The state of this region's tunnel; left out: there is none. */
  readonly readTunnel?: ReadTunnel | undefined;
  /** Lines of the log that were lost so far. */
  readonly droppedLines?: () => number;
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The registry of one backend, with every series that can be foreseen at zero. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = createRegistry({ fleet: options.fleet, region: options.region.code });
  processMetrics(registry);
  const probe = probeMetrics(registry);
  probe.replaceTargets(options.targets);
  const observeReload = reloadMetrics(registry);
  const workerRestarts = counter(registry, METRICS.workerRestarts);
  const http = histogram(registry, METRICS.httpRequestDuration, () => HTTP_BUCKETS);
  const shed = counter(registry, METRICS.httpShed);
  for (const kind of SHED_KINDS) shed.inc({ kind }, 0);
  exportDroppedLines(registry, options.droppedLines ?? (() => 0));
  constantMetrics(registry, options);
  if (options.readTunnel !== undefined) exportTunnel(registry, options.readTunnel);

  let changes = 0;

  return {
    ...probe,
    observeRun(result) {
      probe.observeRun(result);
      changes += 1;
    },
    observeReload(isSuccessful) {
      observeReload(isSuccessful);
      changes += 1;
    },
    changes: () => changes,
    ...scheduleMetrics(registry),
    countWorkerRestart: () => workerRestarts.inc({}),
    observeHttpRequest({ method, route, status, durationMs }) {
      http.observe(
        { method: knownMethod(method), route, status: String(status) },
        durationMs / MS_PER_SECOND,
      );
    },
    countShed: (kind) => shed.inc({ kind }),
    contentType: CONTENT_TYPE,
    render: registry.render,
  };
}

/** No caller can make series: a server of Node.js takes more than thirty methods. */
function knownMethod(method: string): string {
  return (HTTP_METHODS as readonly string[]).includes(method) ? method : 'other';
}

/** As Prometheus does for itself: the configuration of the start counts as read. */
function reloadMetrics(registry: Registry): (isSuccessful: boolean) => void {
  const successful = gauge(registry, METRICS.reloadSuccessful);
  const lastSuccess = gauge(registry, METRICS.reloadTimestamp);
  const observe = (isSuccessful: boolean) => {
    successful.set({}, isSuccessful ? 1 : 0);
    if (isSuccessful) lastSuccess.set({}, Date.now() / MS_PER_SECOND);
  };
  observe(true);
  return observe;
}

function exportDroppedLines(registry: Registry, read: () => number): void {
  const lines = gauge(registry, METRICS.logLinesDropped);
  registry.beforeRender(() => lines.set({}, read()));
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
