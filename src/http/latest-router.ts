import type { Router } from 'express';
import { type LatestAnswer } from '../api/answers.js';
import { latestQuery } from '../api/parameters.js';
import { VERSION } from '../base/version.js';
import { createTokenCheck } from './auth.js';
import { inPublicWords } from '../api/public-words.js';
import { atBothNames } from './both-names.js';
import { sendCompressed } from './compress.js';
import type { AppDeps } from './deps.js';
import { judgementAnswer } from './judgement-answer.js';
import { latestOf } from './latest-of.js';
import { askedTarget, parseQuery } from './query.js';
import { dbHostOf, toRunSummary } from './summaries.js';

/** GET /api/latest: the latest scheduled run of each target, out of memory. */
export function latestRouter(deps: LatestDeps & Pick<AppDeps, 'metrics' | 'apiToken'>): Router {
  const { changes } = deps.metrics;
  const judge = createTokenCheck(deps.apiToken);
  const full = latestOf((target?: string) => latestAnswer(deps, target), changes);
  const open = latestOf((target?: string) => inPublicWords(latestAnswer(deps, target)), changes);
  return atBothNames('/api/latest', async (req, res) => {
    const { target } = parseQuery(latestQuery, req.query);
    res.vary('Authorization');
    await sendCompressed(req, res, judge(req) === 'right' ? full(target) : open(target));
  });
}

type LatestDeps = Pick<
  AppDeps,
  'config' | 'instance' | 'targets' | 'schedule' | 'runs' | 'history'
>;

/** Enough for a sparkline. */
const RECENT_RUNS = 60;
/** Of a target: each peer is sent them every few seconds. */
const SENT_INCIDENTS = 20;

/**
 * What this backend last measured, of one target or of all.
 *
 * @throws HttpError 404 when the target is not known.
 */
export function latestAnswer(deps: LatestDeps, targetName?: string): LatestAnswer {
  const { config, instance, targets, schedule, runs, history } = deps;
  const only = targetName === undefined ? undefined : askedTarget(targets, targetName);
  const latest = runs.latest().filter(({ target }) => only === undefined || target === only.name);
  const { code, city, country, flag, latitude, longitude } = config.region;
  return {
    fleet: config.fleet,
    region: code,
    machine: config.machine,
    instance,
    city,
    country,
    flag,
    latitude,
    longitude,
    schedule: schedule.expression,
    interval_s: schedule.intervalMs() / 1_000,
    next_run: schedule.nextRun()?.toISOString() ?? null,
    planned_runs: schedule.plannedRuns().map((it) => it.toISOString()),
    timestamp: new Date().toISOString(),
    version: VERSION,
    targets: targets
      .list()
      .map(({ name, mode, replicaOf }) => ({ target: name, mode, follows: replicaOf })),
    runs: latest.map((run) => ({
      ...toRunSummary(run, dbHostOf(targets.named(run.target))),
      recent_read_p50_ms: history.recent(run.target, 'read_p50_ms', RECENT_RUNS),
      ...judgementAnswer(history.judgement(run.target), schedule, SENT_INCIDENTS),
    })),
  };
}
