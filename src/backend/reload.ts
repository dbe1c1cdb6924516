import { ConfigError, describeProblem } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Prober } from '../probe/prober.js';
import type { Runs } from '../runs/runs.js';
import { logLeftOut } from '../config/left-out.js';
import { logSleepingServices } from '../config/sleeping-services.js';
import type { Target } from '../config/target.js';
import type { Targets } from '../runs/targets.js';

export interface ReloadDeps {
  readonly targets: Targets;
  readonly prober: Pick<Prober, 'replaceTargets'>;
  readonly metrics: Pick<Metrics, 'replaceTargets' | 'observeReload'>;
  readonly runs: Pick<Runs, 'forget'>;
  readonly log: Log;
}

/**
 * Puts the targets that `read` returns in the place of the present ones, from the next run on. Nothing
 * changes when it throws a ConfigError: each of its problems is logged.
 *
 * Within one turn of the event loop, so that no run and no request sees half of it.
 */
export function reloadTargets(deps: ReloadDeps, read: () => readonly Target[]): void {
  let next;
  try {
    next = read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    deps.metrics.observeReload(false);
    const problems = error.problems.map(describeProblem);
    deps.log.error({ problems }, 'the new configuration is invalid; the old one stays in force');
    return;
  }
  const changes = deps.targets.replace(next);
  deps.prober.replaceTargets(next);
  deps.metrics.replaceTargets(next);
  changes.removed.forEach(deps.runs.forget);
  deps.metrics.observeReload(true);
  const names = next.map(({ name }) => name);
  const isNew = ({ name }: Target) => changes.added.includes(name);
  logSleepingServices(next.filter(isNew), deps.log);
  logLeftOut(next.filter(isNew), deps.log);
  deps.log.info({ targets: names, ...changes }, 'the configuration was read again');
}
