import express, { type Express, type RequestHandler } from 'express';
import type { RequestListener } from 'node:http';
import { PAGE_PATHS } from '../page/assets.js';
import { pageRouter } from '../page/page-router.js';
import { requireToken } from './auth.js';
import { badgeRouter } from './badge-router.js';
import { benchmarkRouter } from './benchmark-router.js';
import type { AppDeps } from './deps.js';
import { fleetRouter } from './fleet-router.js';
import { healthRouter } from './health-router.js';
import { refuseForeignPages } from './foreign-page.js';
import { createHostCheck, requireOwnHost } from './host-check.js';
import { countWhenClosed, setOwnHeaders, setSecurityHeaders } from './every-answer.js';
import { errorHandler, HttpError, notFound } from './http-error.js';
import { historyRouter } from './history-router.js';
import { infoRouter } from './info-router.js';
import { latestRouter } from './latest-router.js';
import { MAX_BODY_BYTES, RESERVED_PATHS } from './limits.js';
import { createMetricsPage } from './metrics-page.js';
import { healthzRouter, metricsRouter } from './metrics-router.js';
import { toMicroseconds } from './microseconds.js';
import { openApiRouter } from './openapi-router.js';
import { answerUsualScrapes } from './usual-scrape.js';
import { API_PATHS } from '../api/openapi.js';

/** Every path of every app. */
export const PATHS: readonly string[] = [...API_PATHS, ...PAGE_PATHS];

/** The backend's HTTP interface. The token and the rate limit guard what touches the database. */
export function createApp(deps: AppDeps): RequestListener {
  const hosts = createHostCheck(deps.config.http.allowedHosts);
  const guards = [refuseForeignPages(hosts), requireToken(deps.apiToken)];
  const app = baseApp(deps);
  app.use(
    pageRouter(),
    alwaysModified,
    infoRouter(deps),
    latestRouter(deps),
    historyRouter(deps),
    fleetRouter(deps),
    badgeRouter(deps),
    healthRouter(deps, guards),
    benchmarkRouter(deps, guards),
    openApiRouter(),
  );
  if (deps.config.http.metricsPort !== null) {
    // Monitors outside ask this port whether the process is alive, wherever the metrics are.
    return withErrors(
      app.use(healthzRouter(deps)),
      deps,
      PATHS.filter((path) => path !== '/metrics'),
    );
  }
  return withMetrics(app, deps, PATHS);
}

/** /metrics and /healthz alone, for a port of their own. */
export function createMetricsApp(deps: AppDeps): RequestListener {
  return withMetrics(baseApp(deps).use(alwaysModified), deps, RESERVED_PATHS);
}

function withMetrics(app: Express, deps: AppDeps, paths: readonly string[]): RequestListener {
  const page = createMetricsPage(deps.metrics);
  const whole = withErrors(app.use(metricsRouter(deps, page)), deps, paths);
  return answerUsualScrapes(whole, deps, page);
}

function baseApp(deps: AppDeps): Express {
  const app = express();
  const { http, region } = deps.config;
  app.set('etag', false).set('trust proxy', http.trustProxy);
  app.set('json replacer', toMicroseconds);
  app.use(setSecurityHeaders, observed(deps), (_req, res, next) => {
    setOwnHeaders(res, region.code);
    next();
  });
  return app.use(requireOwnHost(createHostCheck(http.allowedHosts)), smallBody);
}

/** Only the page's files have an ETag. To any other request Express would say 304 where it asks for `If-None-Match: *`. */
const alwaysModified: RequestHandler = (req, _res, next) => {
  delete req.headers['if-none-match'];
  delete req.headers['if-modified-since'];
  next();
};

/** No path takes a body. What is not read now would be read and thrown away, for as long as it comes. */
const smallBody: RequestHandler = (req, res, next) => {
  const length = Number(req.get('content-length') ?? 0);
  if (length <= MAX_BODY_BYTES && req.get('transfer-encoding') === undefined) {
    next();
    return;
  }
  res.once('finish', () => req.socket.destroySoon());
  next(new HttpError(413, 'no path takes a body', {}, { Connection: 'close' }));
};

function withErrors(app: Express, { config, log }: AppDeps, paths: readonly string[]): Express {
  return app.use(notFound(paths), errorHandler(config.region.code, log));
}

/** Counts each request. */
function observed({ metrics }: AppDeps): RequestHandler {
  return (req, res, next) => {
    countWhenClosed(metrics, [req, res], performance.now(), () => {
      const { route } = req as { route?: { path?: unknown } };
      return typeof route?.path === 'string' ? route.path : 'unmatched';
    });
    next();
  };
}
