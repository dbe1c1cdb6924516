import { promisify } from 'node:util';
import { constants, gzip, gzipSync } from 'node:zlib';
import { Router } from 'express';
import type { AppDeps } from './deps.js';
import { latestOf } from './latest-of.js';

const inOtherThread = promisify(gzip);

/** Below this another thread costs this one more than to compress: 0.5 ms for 80 kB. */
const LARGE_BYTES = 262_144;

const RESPONSIVE_WITHIN_MS = 1_000;

/**
 * GET /metrics, and GET /healthz: are the process and its probe alive? Never whether the database is, or an
 * outage of it would block the deployment that repairs it.
 */
export function metricsRouter(deps: Pick<AppDeps, 'metrics' | 'prober'>): Router {
  const { metrics } = deps;
  const page = latestOf(async () => {
    const plain = Buffer.from(await metrics.render());
    let gzipped: Buffer | Promise<Buffer> | undefined;
    return { plain, gzip: () => (gzipped ??= compress(plain)) };
  }, metrics.changes);
  return healthzRouter(deps).get('/metrics', async (req, res) => {
    const { plain, gzip: gzipped } = await page();
    res.vary('Accept-Encoding').set('Content-Type', metrics.contentType);
    if (req.acceptsEncodings('gzip') === false) res.send(plain);
    else res.set('Content-Encoding', 'gzip').send(await gzipped());
  });
}

function compress(bytes: Buffer): Buffer | Promise<Buffer> {
  const options = { level: constants.Z_BEST_SPEED };
  return bytes.length < LARGE_BYTES ? gzipSync(bytes, options) : inOtherThread(bytes, options);
}

/** Callers that ask at the same time share one answer of the probe. */
export function healthzRouter({ prober }: Pick<AppDeps, 'prober'>): Router {
  let asked: Promise<boolean> | null = null;
  return Router().get('/healthz', async (_req, res) => {
    asked ??= prober.isResponsive(RESPONSIVE_WITHIN_MS).finally(() => (asked = null));
    const responsive = await asked;
    res.status(responsive ? 200 : 503).json({ status: responsive ? 'ok' : 'unresponsive' });
  });
}
