import type { RequestHandler, Router } from 'express';
import { type HealthAnswer } from '../api/answers.js';
import { targetQuery } from '../api/parameters.js';
import { atBothNames } from './both-names.js';
import type { AppDeps } from './deps.js';
import { askedTarget, parseQuery } from './query.js';
import { dbHostOf } from './summaries.js';

/** GET /api/health: can a new connection to the database be opened now? */
export function healthRouter(
  { config, targets, prober }: Pick<AppDeps, 'config' | 'targets' | 'prober'>,
  guards: RequestHandler[],
): Router {
  return atBothNames('/api/health', ...guards, async (req, res) => {
    const target = askedTarget(targets, parseQuery(targetQuery, req.query).target);
    const base = {
      fleet: config.fleet,
      region: config.region.code,
      db_host: dbHostOf(target),
    };
    if (target === undefined) {
      res.json({ ...base, status: 'disabled' } satisfies HealthAnswer);
      return;
    }
    const check = await prober.check(target.name);
    const { ok, ...failure } = check.ok ? { ok: true as const } : check;
    res
      .status(ok ? 200 : 503)
      .json({ ...base, status: ok ? 'connected' : 'error', ...failure } satisfies HealthAnswer);
  });
}
