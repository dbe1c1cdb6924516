import { messageOf } from '../../base/errors.js';
import { poolerText, refusesStartupParameter } from './pooler-texts.js';
import { remedyOf } from './remedies.js';
import type { Failure, FailureReason } from './result.js';
import { reasonOfSqlState } from './sqlstate.js';
import { reasonOfSystemCode } from './system-errors.js';
import { visibleText } from './visible-text.js';

/** An error that knows its reason. */
export class ProbeError extends Error {
  override readonly name: string = 'ProbeError';
  constructor(
    readonly reason: FailureReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The server sent what is not PostgreSQL's protocol, or what this project does not speak of it. */
export class ProtocolError extends ProbeError {
  override readonly name = 'ProtocolError';
  constructor(what: string, reason: FailureReason = 'protocol', options?: ErrorOptions) {
    super(reason, what, options);
  }
}

/** The error of an operation that outlived its deadline. */
export class DeadlineError extends ProbeError {
  override readonly name = 'DeadlineError';
  constructor(timeoutMs: number) {
    super('timeout', `no answer within ${timeoutMs} ms`);
  }
}

/** The error of an answer that is longer than any that this project asks for. */
export class AnswerTooLargeError extends ProbeError {
  override readonly name = 'AnswerTooLargeError';
  /** `maxBytes`: a whole number of KiB. */
  constructor(readonly maxBytes: number) {
    const text = `more than ${maxBytes / 1_024} KiB in one answer, which no PostgreSQL sends here`;
    super('protocol', text);
  }
}

/** The error of an own query that answers more than it may: the query's doing, and not the server's. */
export class OwnAnswerTooLargeError extends ProbeError {
  override readonly name = 'OwnAnswerTooLargeError';
  constructor(cause: AnswerTooLargeError) {
    const mib = cause.maxBytes / 1_048_576;
    const text = `more than ${mib} MiB of rows; select fewer columns, or add a LIMIT`;
    super('sql', text, { cause });
  }
}

/** The error of a target that the configuration calls read-write, and that is a standby. */
export class StandbyError extends ProbeError {
  override readonly name = 'StandbyError';
  constructor() {
    super('read_only', 'the target is read-write, and the server is a standby: it is in recovery');
  }
}

/** What node-postgres says without a code. */
const DRIVER_TEXTS: readonly (readonly [RegExp, FailureReason])[] = [
  [/^SASL: (?:Only mechanism|Mechanism|channel binding)|password must be a/, 'auth'],
  // The server does not know the password, or refuses within SCRAM, without an error of its own.
  [/^SASL: .*(?:server signature does not match|server returned error)/, 'auth'],
  [/^SASL|^Received unexpected/, 'protocol'],
  [/^Connection terminated|connection is closed|not queryable/, 'terminated'],
];

/** A reason, and what to do where that is sure. */
interface Finding {
  readonly reason: FailureReason;
  readonly remedy?: string | undefined;
}

/**
 * The failure that an error of the network, of TLS, of node-postgres or of the server stands for. The one
 * place where such a text enters answers, logs and the page: it is cut and made visible here.
 */
export function toFailure(error: unknown): Failure {
  const text = visibleText(textOf(error));
  const { reason, remedy } = find(error, text);
  return { ok: false, reason, message: remedy === undefined ? text : `${text}; ${remedy}` };
}

/** Whether a pooler refused a parameter of the startup packet; without it, it lets the session begin. */
export function isStartupParameterRefusal(error: unknown): boolean {
  return refusesStartupParameter(messageOf(error));
}

function find(error: unknown, text: string): Finding {
  if (error instanceof ProbeError) {
    return { reason: error.reason, remedy: remedyOf(codeOf(error.cause)) };
  }
  const code = codeOf(error);
  if (isServerError(error)) return findServerError(code ?? '', text);
  if (code === undefined) return { reason: reasonOfDriverText(text) };
  const reason =
    reasonOfSystemCode(code, syscallOf(error)) ?? reasonOfSqlState(code, text) ?? 'internal';
  return poolerText(code, text) ?? { reason, remedy: remedyOf(code) };
}

/** An ErrorResponse, by the name that node-postgres gives it and no other error has. */
function isServerError(error: unknown): boolean {
  return error instanceof Error && error.name === 'error';
}

/** A PostgreSQL gives a SQLSTATE with each error, so what gives none is not one. */
function findServerError(code: string, text: string): Finding {
  const reason = reasonOfSqlState(code, text) ?? 'protocol';
  return poolerText(code, text) ?? { reason, remedy: remedyOf(code) };
}

function reasonOfDriverText(text: string): FailureReason {
  return DRIVER_TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'internal';
}

/** A code from the server may be any text. */
function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

function syscallOf(error: unknown): unknown {
  return (error as { syscall?: unknown } | null)?.syscall;
}

/** An AggregateError (every address of a name failed) has an empty message of its own. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  const text = messageOf(error);
  return text === '' ? `an error without a text, ${codeOf(error) ?? 'and without a code'}` : text;
}
