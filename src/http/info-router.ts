import { Router } from 'express';
import { VERSION } from '../base/version.js';
import { type InfoAnswer } from '../api/answers.js';
import { noQuery } from '../api/parameters.js';
import type { AppDeps } from './deps.js';
import { parseQuery } from './query.js';

/** GET /api/info: who answers. */
export function infoRouter({
  config,
  instance,
  schedule,
}: Pick<AppDeps, 'config' | 'instance' | 'schedule'>): Router {
  return Router().get('/api/info', (req, res) => {
    parseQuery(noQuery, req.query);
    res.json({
      fleet: config.fleet,
      region: config.region.code,
      hostname: config.machine,
      instance,
      version: VERSION,
      city: config.region.city,
      country: config.region.country,
      schedule: schedule.expression,
      next_run: schedule.nextRun()?.toISOString() ?? null,
    } satisfies InfoAnswer);
  });
}
