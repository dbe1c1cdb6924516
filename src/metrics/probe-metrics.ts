import type { Registry } from './registry.js';
import {
  samplesByOperation,
  type Operation,
  type RunResult,
  type Sample,
} from '../probe/results/result.js';
import { connectMetrics } from './connect-metrics.js';
import { gauge } from './instruments.js';
import { latestRunMetrics } from './latest-run-metrics.js';
import { METRICS } from './names.js';
import { operationMetrics } from './operation-metrics.js';
import { replicaMetrics } from './replica-metrics.js';
import { runMetrics } from './run-metrics.js';
import { createTargetSeries, type MeasuredTarget, type SeriesHooks } from './target-series.js';

/** What the probe measures, of every target. */
export interface ProbeMetrics {
  /**
   * Takes in one sample of a scheduled run, when it is known. The runs that are asked for enter none.
   * A target or an operation that a reload has taken away meanwhile has no series.
   */
  observeSample(target: string, operation: Operation, sample: Sample): void;
  /** Takes in what belongs to a finished run as a whole: its samples are in already. */
  observeRun(result: RunResult): void;
  /** New series begin at zero, those of what has gone are removed, the others are left alone. */
  replaceTargets(targets: readonly MeasuredTarget[]): void;
}

export function probeMetrics(registry: Registry): ProbeMetrics {
  const series = createTargetSeries();
  const info = gauge(registry, METRICS.targetInfo);
  const runs = runMetrics(registry);
  const operations = operationMetrics(registry, series.layoutOf);
  const latest = latestRunMetrics(registry);
  const replicas = replicaMetrics(registry);
  const connections = connectMetrics(registry);
  const hooks: SeriesHooks = {
    addTarget: runs.add,
    removeTarget(target) {
      runs.remove(target);
      latest.removeTarget(target);
    },
    addReplica: replicas.zero,
    removeReplica: replicas.remove,
    addOperation(target, operation) {
      operations.add(target, operation);
      if (operation === 'connect') connections.zero(target);
    },
    removeOperation(target, operation) {
      if (operation === 'connect') connections.remove(target);
      operations.remove(target, operation);
      latest.removeOperation(target, operation);
    },
  };
  return {
    replaceTargets(targets) {
      series.replace(targets, hooks);
      info.reset();
      for (const { name, mode, replicaOf } of targets) {
        // An empty label is an absent one to Prometheus.
        info.set({ target: name, mode, follows: replicaOf ?? '' }, 1);
      }
    },
    observeSample(target, operation, sample) {
      if (!series.has(target, operation)) return;
      operations.observe(target, operation, sample);
      if (!sample.ok) latest.observeFailure(target);
    },
    observeRun(result) {
      runs.observe(result);
      if (result.trigger !== 'schedule' || result.outcome === 'aborted') return;
      const { target } = result;
      for (const [operation, samples] of samplesByOperation(result.samples)) {
        if (series.has(target, operation)) latest.observeOperation(target, operation, samples);
      }
      latest.observe(result);
      if (series.has(target, 'connect')) connections.observe(result);
      if (series.hasReplica(target)) replicas.observe(result);
    },
  };
}
