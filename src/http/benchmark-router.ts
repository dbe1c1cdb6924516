import type { Request, RequestHandler, Response, Router } from 'express';
import type { RunRequest } from '../probe/prober.js';
import {
  samplesByOperation,
  type Failure,
  type Progress,
  type RunResult,
} from '../probe/results/result.js';
import { type BenchmarkAnswer, type ProgressEvent } from '../api/answers.js';
import { benchmarkQuery } from '../api/parameters.js';
import { startedAtBothNames } from './both-names.js';
import type { AppDeps } from './deps.js';
import { databaseError, errorBody, HttpError, toHttpError } from './http-error.js';
import { toMicroseconds } from './microseconds.js';
import { askedTarget, parseQuery } from './query.js';
import { dbHostOf, NOT_CONFIGURED, shownFailure, toBenchmarkAnswer } from './summaries.js';

type Deps = Pick<AppDeps, 'config' | 'targets' | 'runs'>;

/**
 * POST or GET /api/benchmark: a run on demand. `Accept: text/event-stream` streams its progress. A caller
 * that goes away ends it.
 */
export function benchmarkRouter(deps: Deps, guards: RequestHandler[]): Router {
  return startedAtBothNames('/api/benchmark', ...guards, async (req, res) => {
    const request = toRunRequest(deps, req, res);
    res.vary('Accept');
    if (req.accepts(['application/json', 'text/event-stream']) === 'text/event-stream') {
      await stream(deps, request, res);
    } else {
      res.json(toAnswer(deps, await deps.runs.run(request)));
    }
  });
}

/** @throws HttpError 400 for a bad parameter, 404 for a target, 503 when no database is configured. */
function toRunRequest({ config, targets }: Deps, req: Request, res: Response): RunRequest {
  const { iterations, target: targetName } = parseQuery(benchmarkQuery, req.query);
  const target = askedTarget(targets, targetName);
  if (target === undefined) {
    throw new HttpError(503, 'Database not configured', { db_host: NOT_CONFIGURED });
  }
  const left = new AbortController();
  res.once('close', () => left.abort());
  return {
    target: target.name,
    trigger: 'request',
    iterations: iterations ?? config.iterations,
    signal: left.signal,
  };
}

/** @throws HttpError when nothing could be measured, or the run was aborted. */
function toAnswer({ config, targets }: Deps, result: RunResult): BenchmarkAnswer {
  const dbHost = dbHostOf(targets.named(result.target));
  if (result.outcome === 'aborted') throw new HttpError(503, 'the run was aborted');
  if (result.outcome === 'failure') throw databaseError(firstFailure(result), dbHost);
  return toBenchmarkAnswer(result, config.region.code, dbHost);
}

function firstFailure({ samples }: RunResult): Failure {
  const failures = samplesByOperation(samples).flatMap(([operation, of]) =>
    of.flatMap((s) => (s.ok ? [] : [shownFailure({ ...s, operation })])),
  );
  return failures[0] ?? { ok: false, reason: 'internal', message: 'nothing was measured' };
}

/**
 * Server-sent events: `progress` for each operation, then `result` or `error`. Until the first of
 * them, an error is an ordinary answer with a status.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
async function stream(deps: Deps, request: RunRequest, res: Response): Promise<void> {
  const send = (event: string, data: unknown) => {
    if (!res.headersSent)
      res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write(`event: ${event}\ndata: ${JSON.stringify(data, toMicroseconds)}\n\n`);
  };
  const onProgress = (progress: Progress) => send('progress', toProgressEvent(progress));
  try {
    send('result', toAnswer(deps, await deps.runs.run({ ...request, onProgress })));
  } catch (error) {
    if (!res.headersSent) throw error;
    send('error', errorBody(toHttpError(error), deps.config.region.code));
  }
  res.end();
}

function toProgressEvent({ operation, round, rounds, sample }: Progress): ProgressEvent {
  return {
    operation,
    round,
    rounds,
    ok: sample.ok,
    duration_ms: sample.ok ? sample.durationMs : null,
    reason: sample.ok ? null : sample.reason,
  };
}
