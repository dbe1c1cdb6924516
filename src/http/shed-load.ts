import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorAnswer } from '../api/answers.js';
import type { Log } from '../base/log.js';
import type { Metrics } from '../metrics/metrics.js';
import type { ShedKind } from '../metrics/names.js';
import { rawAnswer } from './client-error.js';

/** When a caller that was refused may come again. */
const RETRY_AFTER_S = 1;
const TOO_MUCH = 'too many requests at once; try again later';
/** Between two lines of the log. */
const LOG_EVERY_MS = 60_000;

export interface ShedLoad {
  count(kind: ShedKind): void;
  /** Answers a request that there is no room for. */
  refuse(req: IncomingMessage, res: ServerResponse): void;
  /** What a connection hears that there is no room for. */
  readonly refusal: string;
}

/** What callers get when there are too many: 503. They are counted, and logged at most once a minute. */
export function createShedLoad({
  region,
  metrics,
  log,
}: {
  region: string;
  metrics: Pick<Metrics, 'countShed'>;
  log: Log;
}): ShedLoad {
  const body = JSON.stringify({ error: TOO_MUCH, region } satisfies ErrorAnswer);
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Retry-After': RETRY_AFTER_S,
    'X-Region': region,
    'X-Fly-Region': region,
    'Cache-Control': 'no-store',
  };
  let loggedAt = -Infinity;
  const count = (kind: ShedKind) => {
    metrics.countShed(kind);
    if (performance.now() - loggedAt < LOG_EVERY_MS) return;
    loggedAt = performance.now();
    log.warn({ kind }, 'too many callers: some are refused, see pglatency_http_shed_total');
  };
  return {
    count,
    refuse(_req, res) {
      count('request');
      res.writeHead(503, headers).end(body);
    },
    refusal: rawAnswer({ status: 503, region, error: TOO_MUCH, retryAfterS: RETRY_AFTER_S }),
  };
}
