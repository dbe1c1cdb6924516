import express, { type Express, type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { performance } from 'node:perf_hooks';
import { PAGE_PATHS } from '../page/assets.js';
import { pageRouter } from '../page/page-router.js';
import { requireToken } from './auth.js';
import { benchmarkRouter } from './benchmark-router.js';
import type { AppDeps } from './deps.js';
import { fleetRouter } from './fleet-router.js';
import { healthRouter } from './health-router.js';
import { errorHandler, HttpError, notFound } from './http-error.js';
import { historyRouter } from './history-router.js';
import { infoRouter } from './info-router.js';
import { latestRouter } from './latest-router.js';
import { toMicroseconds } from './microseconds.js';
import { METRICS_PATHS, metricsRouter } from './metrics-router.js';
import { openApiRouter } from './openapi-router.js';
import { API_PATHS } from '../api/openapi.js';

/** Requests a minute that one address may send to what touches the database. */
const REQUESTS_PER_MINUTE = 60;

/** The backend's HTTP interface. The token and the rate limit guard what touches the database. */
export function createApp(deps: AppDeps): Express {
  const guards = [rateLimited(), requireToken(deps.config.http.apiToken)];
  const app = baseApp(deps);
  app.use(
    infoRouter(deps),
    latestRouter(deps),
    historyRouter(deps),
    fleetRouter(deps),
    healthRouter(deps, guards),
    benchmarkRouter(deps, guards),
    openApiRouter(),
    pageRouter(),
  );
  const paths = [...API_PATHS, ...PAGE_PATHS];
  if (deps.config.http.metricsPort !== null) {
    return withErrors(
      app,
      deps,
      paths.filter((path) => !METRICS_PATHS.includes(path)),
    );
  }
  return withErrors(app.use(metricsRouter(deps)), deps, paths);
}

/** /metrics and /healthz alone, for a port of their own. */
export function createMetricsApp(deps: AppDeps): Express {
  return withErrors(baseApp(deps).use(metricsRouter(deps)), deps, METRICS_PATHS);
}

function baseApp(deps: AppDeps): Express {
  const app = express();
  app.set('etag', false);
  app.set('json replacer', toMicroseconds);
  app.use(helmet(), observed(deps), (_req, res, next) => {
    const { code } = deps.config.region;
    // X-Fly-Region is the header's first name, and stays.
    res.set({ 'X-Region': code, 'X-Fly-Region': code, 'Cache-Control': 'no-store' });
    next();
  });
  return app;
}

function withErrors(app: Express, { config, log }: AppDeps, paths: readonly string[]): Express {
  return app.use(notFound(paths), errorHandler(config.region.code, log));
}

function rateLimited(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: REQUESTS_PER_MINUTE,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // It sets Retry-After itself.
    handler: (_req, _res, next) => {
      next(new HttpError(429, `more than ${REQUESTS_PER_MINUTE} requests a minute`));
    },
  });
}

/** Counts each request by its route's pattern, so that no caller can invent label values. */
function observed({ metrics }: AppDeps): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once('close', () => {
      const { route } = req as { route?: { path?: unknown } };
      metrics.observeHttpRequest({
        method: req.method,
        route: typeof route?.path === 'string' ? route.path : 'unmatched',
        status: res.statusCode,
        durationMs: performance.now() - startedAt,
      });
    });
    next();
  };
}
