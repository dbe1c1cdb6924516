import type { Config } from '../config/config.js';
import type { Token } from './auth.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Prober } from '../probe/prober.js';
import type { Runs } from '../runs/runs.js';
import type { History } from '../runs/history.js';
import type { Schedule } from '../schedule/schedule.js';
import type { Targets } from '../runs/targets.js';

/** What the HTTP interface needs of a backend. */
export interface AppDeps {
  readonly config: Omit<Config, 'targets'>;
  readonly apiToken: Token;
  /** This process, among the backends of its region. */
  readonly instance: string;
  readonly targets: Pick<Targets, 'list' | 'named' | 'preferred'>;
  readonly prober: Pick<Prober, 'check' | 'isResponsive'>;
  readonly runs: Runs;
  readonly metrics: Pick<
    Metrics,
    'observeHttpRequest' | 'countShed' | 'contentType' | 'render' | 'changes'
  >;
  readonly schedule: Pick<Schedule, 'expression' | 'intervalMs' | 'nextRun' | 'plannedRuns'>;
  readonly history: Pick<History, 'read' | 'recent' | 'judgement'>;
  readonly fleet: Fleet;
  readonly log: Log;
}
