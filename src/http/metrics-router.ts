import { Router } from 'express';
import type { AppDeps } from './deps.js';

export const METRICS_PATHS: readonly string[] = ['/metrics', '/healthz'];

const RESPONSIVE_WITHIN_MS = 1_000;

/**
 * GET /metrics, and GET /healthz: are the process and its probe alive? Never whether the database is,
 * or an outage of it would block the deployment that mends it.
 */
export function metricsRouter({ metrics, prober }: Pick<AppDeps, 'metrics' | 'prober'>): Router {
  return Router()
    .get('/metrics', async (_req, res) => {
      res.set('Content-Type', metrics.contentType).send(await metrics.render());
    })
    .get('/healthz', async (_req, res) => {
      const responsive = await prober.isResponsive(RESPONSIVE_WITHIN_MS);
      res.status(responsive ? 200 : 503).json({ status: responsive ? 'ok' : 'unresponsive' });
    });
}
