import { EventSourceParserStream } from 'eventsource-parser/stream';
import { checkRegion } from '../fleet/peer-state.js';
import { describeNetworkError, PeerError, printable, readBody } from '../fleet/peer-request.js';
import { rowOfBenchmark, rowWithoutMeasurement, type FleetRow } from '../fleet/row.js';
import { askUnderBothNames } from '../api/paths.js';
import { benchmarkAnswer, errorAnswer, progressEvent, type ProgressEvent } from '../api/answers.js';
import type { Peer } from '../config/peers.js';
import type { FailureReason } from '../probe/results/result.js';

const MAX_BYTES = 1_024 * 1_024;

export interface Question {
  readonly peer: Peer;
  /** Default: the backend's own default, for which nothing is asked. */
  readonly target?: string;
  readonly iterations: number;
  readonly timeoutMs: number;
  readonly token: string | null;
  /** Gives up. */
  readonly signal: AbortSignal;
  readonly onProgress: (event: ProgressEvent) => void;
}

/** A backend that answered with an error of its own. */
class AnsweredError extends PeerError {
  constructor(
    message: string,
    readonly reason: FailureReason | null,
  ) {
    super(message);
  }
}

/** How a peer is called before it has said who it is. */
export function nameOf({ region, origin }: Peer): string {
  return region ?? new URL(origin).host;
}

/** One region's run on demand. Never rejects: a region that does not answer is a row that says why. */
export async function askForRun(question: Question): Promise<FleetRow> {
  const { peer, timeoutMs } = question;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await request(question, AbortSignal.any([timeout, question.signal]));
  } catch (error) {
    const reason = error instanceof AnsweredError ? error.reason : null;
    return rowWithoutMeasurement(nameOf(peer), { error: why(error), reason });
  }

  function why(error: unknown): string {
    if (error instanceof PeerError) return error.message;
    if (timeout.aborted) return `no result within ${timeoutMs / 1_000} s`;
    return question.signal.aborted ? 'interrupted' : describeNetworkError(error);
  }
}

async function request(question: Question, signal: AbortSignal): Promise<FleetRow> {
  const { peer, target, iterations, token } = question;
  const query = new URLSearchParams({ iterations: String(iterations) });
  if (target !== undefined) query.set('target', target);
  const answer = await askUnderBothNames('/api/benchmark', (path) =>
    fetch(`${peer.origin}${path}?${query.toString()}`, {
      redirect: 'manual',
      signal,
      headers: {
        Accept: 'text/event-stream',
        ...(token !== null && { Authorization: `Bearer ${token}` }),
      },
    }),
  );
  const { status, headers } = answer;
  const type = (headers.get('content-type') ?? 'no content type').split(';')[0]?.trim() ?? '';
  if (status >= 300 && status < 400) {
    throw new PeerError(`it redirects (status ${status}), and redirects are not followed`);
  }
  if (type === 'application/json') throw toError(await readJson(answer), status);
  if (type !== 'text/event-stream') {
    throw new PeerError(`it answers with ${printable(type)} (status ${status}) instead of a run`);
  }
  return readRun(answer, question);
}

async function readRun(
  answer: Response,
  { peer, target, onProgress }: Question,
): Promise<FleetRow> {
  if (answer.body === null) throw new PeerError('its answer is empty');
  const events = answer.body
    .pipeThrough(bounded())
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { event, data } of events) {
    const value = parse(data);
    if (event === 'progress') {
      const progress = progressEvent.safeParse(value);
      if (progress.success) onProgress(progress.data);
    } else if (event === 'result') {
      const result = benchmarkAnswer.safeParse(value);
      if (!result.success) throw new PeerError('its result has another shape (another version?)');
      checkRegion(peer, result.data.region);
      checkTarget(target, result.data.target);
      return rowOfBenchmark(result.data);
    } else if (event === 'error') {
      throw toError(value, 200);
    }
  }
  throw new PeerError('it ended the run without a result');
}

/** @throws PeerError when another target was measured than was asked for. */
function checkTarget(asked: string | undefined, answered: string): void {
  if (asked === undefined || asked === answered) return;
  throw new PeerError(`it measured ${JSON.stringify(printable(answered))} instead`);
}

/** Passes bytes on until there are too many. */
function bounded(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > MAX_BYTES)
        throw new PeerError(`its answer is larger than ${MAX_BYTES / 1_024} KiB`);
      controller.enqueue(chunk);
    },
  });
}

async function readJson(answer: Response): Promise<unknown> {
  return parse(await readBody(answer, MAX_BYTES));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PeerError('its answer is not valid JSON');
  }
}

/** What a backend answers when there is no run. */
function toError(body: unknown, status: number): PeerError {
  const parsed = errorAnswer.safeParse(body);
  if (parsed.success) {
    return new AnsweredError(printable(parsed.data.error), parsed.data.reason ?? null);
  }
  return status === 200
    ? new PeerError('it does not stream its run: another program, or an old version')
    : new PeerError(`it answers with status ${status}`);
}
