import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { BusyError } from '../probe/prober.js';
import type { Failure, FailureReason } from '../probe/results/result.js';
import { ProbeCrashError } from '../probe/thread.js';
import type { ErrorAnswer } from '../api/answers.js';
import { namesOf } from '../api/paths.js';
import { pathOf } from './admission.js';

/** An answer that is an error. Its message is shown to the caller. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly status: number,
    message: string,
    readonly details: Pick<ErrorAnswer, 'db_host' | 'reason'> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** 502: the database refused; 503: it is gone; 504: it is too slow. */
const STATUS_OF_REASON: Readonly<Record<FailureReason, number>> = {
  timeout: 504,
  refused: 502,
  unreachable: 503,
  dns: 503,
  tls: 502,
  auth: 502,
  missing_database: 502,
  too_many_connections: 503,
  out_of_resources: 503,
  disk_full: 503,
  read_only: 502,
  terminated: 503,
  lock_timeout: 504,
  conflict: 503,
  missing_table: 502,
  permission: 502,
  sql: 502,
  protocol: 502,
  internal: 500,
};

/** A database that does not do what was asked, as an answer. */
export function databaseError(failure: Failure, dbHost: string): HttpError {
  return new HttpError(STATUS_OF_REASON[failure.reason], failure.message, {
    db_host: dbHost,
    reason: failure.reason,
  });
}

/** The answer that an error of any kind becomes. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof BusyError) {
    return new HttpError(429, error.message, {}, { 'Retry-After': '1' });
  }
  if (error instanceof ProbeCrashError) {
    return new HttpError(503, error.message, { reason: 'internal' }, { 'Retry-After': '2' });
  }
  // Express's own: a malformed path or body. Its 4xx messages are meant for the caller.
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpError(status, messageOf(error));
  }
  return new HttpError(500, STATUS_CODES[500] ?? 'error', { reason: 'internal' });
}

export function errorBody(error: HttpError, region: string): ErrorAnswer {
  return { error: error.message, region, ...error.details };
}

/** The one place where an error becomes an answer; what is our fault is logged. */
export function errorHandler(region: string, log: Log): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    const answer = toHttpError(error);
    if (answer.status === 500) log.error({ err: error }, 'request failed');
    if (res.headersSent) {
      next(error);
      return;
    }
    res.status(answer.status).set(answer.headers).json(errorBody(answer, region));
  };
}

const STARTED: readonly string[] = namesOf('/api/benchmark');

export function wrongMethod(req: Pick<Request, 'method' | 'url'>): HttpError {
  const allowed = STARTED.includes(pathOf(req)) ? ['GET', 'POST'] : ['GET', 'HEAD'];
  const [get, other] = allowed;
  const use = other === 'POST' ? `${get} or ${other}` : get;
  const what = `${req.method} is not allowed; use ${use}`;
  return new HttpError(405, what, {}, { Allow: allowed.join(', ') });
}

/** For every path and method that no route took. */
export function notFound(paths: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    // As Express matches its routes: in any case, with a slash at the end or without.
    if (paths.includes(pathOf(req))) {
      next(wrongMethod(req));
      return;
    }
    next(new HttpError(404, `there is no ${req.path}; see /openapi.json`));
  };
}
