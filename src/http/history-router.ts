import type { Router } from 'express';
import { type HistoryAnswer } from '../api/answers.js';
import { targetQuery } from '../api/parameters.js';
import { atBothNames } from './both-names.js';
import { sendCompressed } from './compress.js';
import type { AppDeps } from './deps.js';
import { judgementAnswer } from './judgement-answer.js';
import { latestOf } from './latest-of.js';
import { askedTarget, parseQuery } from './query.js';
import { HISTORY_RUNS } from '../runs/history.js';

type HistoryDeps = Pick<AppDeps, 'config' | 'targets' | 'schedule' | 'history'>;

/** GET /api/history: the kept scheduled runs, out of memory. */
export function historyRouter(deps: HistoryDeps & Pick<AppDeps, 'metrics'>): Router {
  const answer = latestOf((target?: string) => historyAnswer(deps, target), deps.metrics.changes);
  return atBothNames('/api/history', async (req, res) => {
    const { target } = parseQuery(targetQuery, req.query);
    await sendCompressed(req, res, answer(target));
  });
}

function judgementOf(
  history: HistoryDeps['history'],
  schedule: HistoryDeps['schedule'],
  target: string | undefined,
): Pick<HistoryAnswer, 'normal' | 'incidents'> {
  if (target === undefined) return { normal: null, incidents: [] };
  const { normal, incidents } = judgementAnswer(history.judgement(target), schedule);
  return { normal, incidents };
}

/**
 * What this backend has kept of a target.
 *
 * @throws HttpError 404 when it is not known.
 */
export function historyAnswer(
  { config, targets, schedule, history }: HistoryDeps,
  targetName?: string,
): HistoryAnswer {
  const target = askedTarget(targets, targetName);
  return {
    fleet: config.fleet,
    region: config.region.code,
    city: config.region.city,
    target: target?.name ?? null,
    schedule: schedule.expression,
    interval_s: schedule.intervalMs() / 1_000,
    next_run: schedule.nextRun()?.toISOString() ?? null,
    timestamp: new Date().toISOString(),
    capacity: HISTORY_RUNS,
    ...history.read(target?.name ?? ''),
    ...judgementOf(history, schedule, target?.name),
  };
}
