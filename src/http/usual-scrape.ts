import type { IncomingMessage, RequestListener } from 'node:http';
import type { AppDeps } from './deps.js';
import { countWhenClosed, setOwnHeaders, setSecurityHeaders } from './every-answer.js';
import { createHostCheck } from './host-check.js';
import type { Encoding, MetricsPage } from './metrics-page.js';

const PATH = '/metrics';
/** Each would have to be understood first: a body, and a name that a proxy passes on. */
const UNUSUAL_HEADERS = ['content-length', 'transfer-encoding', 'x-forwarded-host'];

/**
 * Answers the scrape that a Prometheus sends without Express, which takes a quarter of a scrape's processor time.
 * All that is the least bit different is for `app`: it answers the same, refuses, and says what failed.
 */
export function answerUsualScrapes(
  app: RequestListener,
  { config, metrics }: Pick<AppDeps, 'config' | 'metrics'>,
  page: MetricsPage,
): RequestListener {
  const hosts = createHostCheck(config.http.allowedHosts);
  return (req, res) => {
    const encoding = encodingOf(req);
    if (encoding === null || !hosts.isOwn(nameOf(req))) {
      app(req, res);
      return;
    }
    const startedAt = performance.now();
    page.read(encoding).then(
      (bytes) => {
        countWhenClosed(metrics, [req, res], startedAt, () => PATH);
        setSecurityHeaders(req, res, () => undefined);
        setOwnHeaders(res, config.region.code);
        page.send(res, encoding, bytes);
      },
      () => app(req, res),
    );
  };
}

/** null: it is not a usual scrape. */
function encodingOf({ method, url, headers }: IncomingMessage): Encoding | null {
  if (method !== 'GET' || url !== PATH || headers.host === undefined) return null;
  if (UNUSUAL_HEADERS.some((name) => headers[name] !== undefined)) return null;
  const accepted = headers['accept-encoding'];
  if (accepted === 'gzip') return 'gzip';
  return accepted === undefined || accepted === 'identity' ? 'identity' : null;
}

/** Without the port. */
function nameOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d*$/, '');
}
