import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '../metrics/metrics.js';

/** Only the proxy, which has the certificate, can say that a name must be reached over TLS. */
export const setSecurityHeaders = helmet({ strictTransportSecurity: false });

export function setOwnHeaders(res: ServerResponse, region: string): void {
  // X-Fly-Region is the header's first name, and stays.
  res.setHeader('X-Region', region).setHeader('X-Fly-Region', region);
  res.setHeader('Cache-Control', 'no-store');
}

/**
 * Counts a request once its answer has ended.
 *
 * @param startedAt of performance.now()
 * @param routeOf its route's pattern, so that no caller can invent label values
 */
export function countWhenClosed(
  metrics: Pick<Metrics, 'observeHttpRequest'>,
  [req, res]: readonly [IncomingMessage, ServerResponse],
  startedAt: number,
  routeOf: () => string,
): void {
  res.once('close', () =>
    metrics.observeHttpRequest({
      method: req.method ?? '',
      route: routeOf(),
      status: res.statusCode,
      durationMs: performance.now() - startedAt,
    }),
  );
}
