import { Router } from 'express';
import type { AppDeps } from './deps.js';
import type { MetricsPage } from './metrics-page.js';

const RESPONSIVE_WITHIN_MS = 1_000;

/** GET /metrics and GET /healthz. */
export function metricsRouter(deps: Pick<AppDeps, 'prober'>, page: MetricsPage): Router {
  return healthzRouter(deps).get('/metrics', async (req, res) => {
    const encoding = req.acceptsEncodings('gzip') === false ? 'identity' : 'gzip';
    page.send(res, encoding, await page.read(encoding));
  });
}

/**
 * GET /healthz: are the process and its probe alive? Never whether the database is, or an outage of it would
 * block the deployment that repairs it. Callers that ask at the same time share one answer of the probe.
 */
export function healthzRouter({ prober }: Pick<AppDeps, 'prober'>): Router {
  let asked: Promise<boolean> | null = null;
  return Router().get('/healthz', async (_req, res) => {
    asked ??= prober.isResponsive(RESPONSIVE_WITHIN_MS).finally(() => (asked = null));
    const responsive = await asked;
    res.status(responsive ? 200 : 503).json({ status: responsive ? 'ok' : 'unresponsive' });
  });
}
