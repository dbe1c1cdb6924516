import type { z } from 'zod';
import { messageOf } from '../base/errors.js';
import { askUnderBothNames, FIRST_NAMES, type RenamedPath } from '../api/paths.js';

/** A peer that did not answer as it should; the message is a clear line for people. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

/** A peer of another fleet, which nothing of this one is compared with. */
export class OtherFleetError extends PeerError {
  constructor(own: string, other: string) {
    super(
      `it belongs to the fleet ${JSON.stringify(other)}, and this backend to ${JSON.stringify(own)}: two fleets in one list of peers`,
    );
  }
}

export interface PeerRequest<T> {
  /** Of the configuration, never of an answer. */
  readonly origin: string;
  /** An older backend is asked under the path's first name. */
  readonly path: RenamedPath;
  readonly schema: z.ZodType<T>;
  /** The answer's size, after decompression. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a peer, and trusts nothing: one deadline for everything, no redirect, only JSON, a limit of its size,
 * and a check of its shape. Sends no credential.
 *
 * @throws PeerError
 */
export async function requestPeer<T>(request: PeerRequest<T>): Promise<T> {
  const { origin, path, schema, maxBytes, timeoutMs, signal } = request;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const init: RequestInit = {
      redirect: 'manual',
      signal: signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]),
      headers: { Accept: 'application/json' },
    };
    const answer = await askUnderBothNames(path, (name) => fetch(origin + name, init));
    checkHead(answer, path);
    return checkShape(schema, parseJson(await readBody(answer, maxBytes)));
  } catch (error) {
    if (error instanceof PeerError) throw error;
    if (signal?.aborted === true) throw new PeerError('interrupted');
    if (deadline.signal.aborted) throw new PeerError(`no answer within ${timeoutMs / 1_000} s`);
    throw new PeerError(describeNetworkError(error), { cause: error });
  } finally {
    clearTimeout(timer);
    // Ends a body that was not read.
    deadline.abort();
  }
}

function checkHead(answer: Response, path: RenamedPath): void {
  const { status, headers } = answer;
  if (status >= 300 && status < 400) {
    throw new PeerError(`it redirects (status ${status}), and redirects are not followed`);
  }
  if (status === 404)
    throw new PeerError(`it has no ${FIRST_NAMES[path]}: another program, or an old version`);
  if (status !== 200) throw new PeerError(`it answers with status ${status}`);
  const type = (headers.get('content-type') ?? 'no content type').split(';')[0]?.trim() ?? '';
  if (type.toLowerCase() !== 'application/json') {
    throw new PeerError(`it answers with ${printable(type)} and not with JSON`);
  }
}

/** The body as text. @throws PeerError when it is larger than it may be. */
export async function readBody(answer: Response, maxBytes: number): Promise<string> {
  const tooLarge = new PeerError(`its answer is larger than ${Math.round(maxBytes / 1_024)} KiB`);
  if (Number(answer.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > maxBytes) throw tooLarge;
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PeerError('its answer is not valid JSON');
  }
}

function checkShape<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
  throw new PeerError(
    `its answer has another shape (another version?): ${printable(where)}: ${printable(issue?.message ?? '')}`,
  );
}

const NETWORK_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'its name is not known to the DNS',
  EAI_AGAIN: 'the DNS does not answer',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_SOCKET: 'connection closed before the answer was complete',
  UND_ERR_HEADERS_OVERFLOW: "its answer's headers are too large",
};

/** fetch says "fetch failed"; the cause knows why. */
export function describeNetworkError(error: unknown): string {
  const cause = (error as { cause?: unknown } | null)?.cause ?? error;
  // A name with several addresses: one error for each.
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const code = (first as { code?: unknown } | null)?.code;
  const known = typeof code === 'string' ? NETWORK_ERRORS[code] : undefined;
  return known ?? printable(messageOf(first));
}

const SHOWN_CHARACTERS = 200;

/** A stranger's text, cut to a line. */
export function printable(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  return line.length <= SHOWN_CHARACTERS ? line : `${line.slice(0, SHOWN_CHARACTERS)}…`;
}
