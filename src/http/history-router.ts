import { Router } from 'express';
import { noQuery, type HistoryAnswer } from './answers.js';
import { sendCompressed } from './compress.js';
import type { AppDeps } from './deps.js';
import { parseQuery } from './query.js';
import { HISTORY_RUNS } from '../history.js';

type HistoryDeps = Pick<AppDeps, 'config' | 'schedule' | 'history'>;

/** GET /api/rds/history: the kept scheduled runs, out of memory. */
export function historyRouter(deps: HistoryDeps): Router {
  return Router().get('/api/rds/history', async (req, res) => {
    parseQuery(noQuery, req.query);
    await sendCompressed(req, res, historyAnswer(deps));
  });
}

/** What this backend has kept. */
export function historyAnswer({ config, schedule, history }: HistoryDeps): HistoryAnswer {
  const [target] = config.targets;
  return {
    region: config.region.code,
    city: config.region.city,
    target: target?.name ?? null,
    schedule: schedule.expression,
    interval_s: schedule.intervalMs() / 1_000,
    next_run: schedule.nextRun()?.toISOString() ?? null,
    timestamp: new Date().toISOString(),
    capacity: HISTORY_RUNS,
    ...history.read(target?.name ?? ''),
  };
}
