import { Router } from 'express';
import { badgeParameters, noQuery } from '../api/parameters.js';
import { fleetBadge, regionBadge, renderBadge } from '../fleet/badge.js';
import type { AppDeps } from './deps.js';
import { HttpError } from './http-error.js';
import { parseQuery } from './query.js';

const FLEET = 'fleet';

/** GET /badge/fleet.svg and /badge/<region>.svg, for other people's pages: they need no token. */
export function badgeRouter({ config, fleet }: Pick<AppDeps, 'config' | 'fleet'>): Router {
  return Router().get('/badge/:region.svg', async (req, res) => {
    parseQuery(noQuery, req.query);
    const { region } = parseQuery(badgeParameters, req.params);
    const { rows } = await fleet.lines();
    const badge = region === FLEET ? fleetBadge(config.fleet, rows) : regionBadge(region, rows);
    if (badge === null) throw new HttpError(404, `no backend has the region ${region}`);
    res.set({
      'Cache-Control': 'public, max-age=60',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    res.type('image/svg+xml').send(renderBadge(badge));
  });
}
