import { Router } from 'express';
import { noQuery, type LatestAnswer } from './answers.js';
import type { AppDeps } from './deps.js';
import { parseQuery } from './query.js';
import { dbHostOf, toRunSummary } from './summaries.js';

/** GET /api/rds/latest: the latest scheduled run of each target, out of memory. */
export function latestRouter(deps: LatestDeps): Router {
  return Router().get('/api/rds/latest', (req, res) => {
    parseQuery(noQuery, req.query);
    res.json(latestAnswer(deps));
  });
}

type LatestDeps = Pick<AppDeps, 'config' | 'schedule' | 'runs' | 'history'>;

/** Enough for a sparkline. */
const RECENT_RUNS = 60;

/** What this backend last measured. */
export function latestAnswer({ config, schedule, runs, history }: LatestDeps): LatestAnswer {
  const { code, city, country, flag } = config.region;
  return {
    region: code,
    city,
    country,
    flag,
    schedule: schedule.expression,
    interval_s: schedule.intervalMs() / 1_000,
    next_run: schedule.nextRun()?.toISOString() ?? null,
    timestamp: new Date().toISOString(),
    targets: config.targets.map(({ name, mode }) => ({ target: name, mode })),
    runs: runs.latest().map((run) => ({
      ...toRunSummary(run, dbHostOf(config, run.target)),
      recent_read_p50_ms: history.recent(run.target, 'read_p50_ms', RECENT_RUNS),
    })),
  };
}
