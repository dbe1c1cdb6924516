import type { History } from './history.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Prober, RunRequest } from '../probe/prober.js';
import type { RunResult } from '../probe/results/result.js';
import { failuresOf, summariseRun } from '../probe/results/summary.js';
import type { Targets } from './targets.js';

/** Every run of a backend passes through here: it is counted, logged, and the latest are kept. */
export interface Runs {
  /** @throws as Prober.run does. */
  run(request: RunRequest): Promise<RunResult>;
  /** The latest scheduled run of each target that has had one, in the order of the configuration. */
  latest(): readonly RunResult[];
  /** Drops what is kept of a target that has been removed. */
  forget(target: string): void;
}

export function createRuns(deps: {
  targets: Pick<Targets, 'list' | 'named'>;
  prober: Pick<Prober, 'run'>;
  metrics: Pick<Metrics, 'observeSample' | 'observeRun'>;
  history: Pick<History, 'add' | 'forget'>;
  log: Log;
}): Runs {
  const latest = new Map<string, RunResult>();

  const keep = (result: RunResult) => {
    deps.metrics.observeRun(result);
    if (result.trigger !== 'schedule' || result.outcome === 'aborted') return;
    latest.set(result.target, result);
    deps.history.add(result);
  };

  /** The samples of the scheduled runs enter the metrics when they are known. */
  const counted = (request: RunRequest): RunRequest => ({
    ...request,
    onProgress(progress) {
      deps.metrics.observeSample(request.target, progress.operation, progress.sample);
      request.onProgress?.(progress);
    },
  });

  return {
    async run(request) {
      const isScheduled = request.trigger === 'schedule';
      const result = await deps.prober.run(isScheduled ? counted(request) : request);
      // A reload may have removed the target meanwhile: its series are gone then.
      if (deps.targets.named(result.target) !== undefined) keep(result);
      // Last: who follows the log then finds the run in the API.
      logRun(deps.log, result);
      return result;
    },
    forget(target) {
      latest.delete(target);
      deps.history.forget(target);
    },
    latest: () => deps.targets.list().flatMap(({ name }) => latest.get(name) ?? []),
  };
}

/** One line a run: the medians, and the failures by operation and reason. */
function logRun(log: Log, result: RunResult): void {
  const summary = summariseRun(result);
  const { target, trigger, outcome, replica, retentionFailure } = result;
  const unseen = replica?.visibility?.ok === false ? replica.visibility : null;
  const failures = failuresOf(summary);
  const line = {
    target,
    trigger,
    outcome,
    duration_ms: round(result.durationMs),
    connect_ms: round(summary.connect.statistics.p50),
    ping_p50_ms: round(summary.ping.statistics.p50),
    select_p50_ms: round(summary.select.statistics.p50),
    insert_p50_ms: round(summary.insert.statistics.p50),
    ...(replica && {
      replication_lag_ms: round(replica.lagMs),
      visibility_delay_ms:
        replica.visibility?.ok === true ? round(replica.visibility.durationMs) : null,
    }),
    ...(failures.length > 0 && { failures }),
    ...(unseen && { visibility_failure: unseen }),
    ...(retentionFailure && { retention_failure: retentionFailure }),
  };
  const isGood = outcome === 'success' || outcome === 'aborted';
  log[isGood && retentionFailure === null && unseen === null ? 'info' : 'warn'](line, 'run');
}

/** To the microsecond. */
function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1_000) / 1_000;
}
