import { messageOf } from '../errors.js';
import type { Failure, FailureReason } from './result.js';

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

/** The error of an own query that answers more than it may. */
export class AnswerTooLargeError extends ProbeError {
  override readonly name = 'AnswerTooLargeError';
  constructor(maxMib: number) {
    super('sql', `more than ${maxMib} MiB of rows; select fewer columns, or add a LIMIT`);
  }
}

/** The error of a target that the configuration calls read-write, and that is a standby. */
export class StandbyError extends ProbeError {
  override readonly name = 'StandbyError';
  constructor() {
    super('read_only', 'the target is read-write, and the server is a standby: it is in recovery');
  }
}

/**
 * SQLSTATE → reason, whole codes before classes (their first two characters).
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const BY_SQLSTATE: Readonly<Record<string, FailureReason>> = {
  '08P01': 'sql', // protocol_violation: among others a startup parameter that a pooler refuses
  '25006': 'read_only', // read_only_sql_transaction
  '42501': 'permission', // insufficient_privilege
  '42P01': 'missing_table', // undefined_table
  '53300': 'too_many_connections',
  '57014': 'timeout', // query_canceled: our statement_timeout
  '57P01': 'terminated', // admin_shutdown, pg_terminate_backend
  '57P02': 'terminated', // crash_shutdown
  '57P03': 'refused', // cannot_connect_now: starting up, shutting down, in recovery
  '57P05': 'terminated', // idle_session_timeout
  '08': 'terminated', // connection_exception
  '28': 'auth', // invalid_authorization_specification, invalid_password
};

/** System and resolver error codes → reason. */
const BY_SYSTEM_CODE: Readonly<Record<string, FailureReason>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'terminated',
  ECONNABORTED: 'terminated',
  EPIPE: 'terminated',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  EPROTO: 'tls',
};

/** Codes of Node's TLS and of OpenSSL's certificate verification. */
const TLS_CODE =
  /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|HOSTNAME_)/;

/** What node-postgres says without a code. */
const BY_MESSAGE: readonly (readonly [RegExp, FailureReason])[] = [
  [/does not support SSL|establishing an SSL connection/, 'tls'],
  [/^SASL|password must be a string/i, 'auth'],
  [/^Connection terminated|connection is closed|not queryable/, 'terminated'],
];

/** What PgBouncer and RDS Proxy say to a startup parameter. */
const POOLER_REFUSAL = /unsupported startup parameter|RDS Proxy .*support/;
const POOLER_REMEDY =
  'this is a pooler: set `pooler: true` for this target, DB_POOLER=true for the primary';

/** The failure that an error of the network, of TLS, of node-postgres or of the server stands for. */
export function toFailure(error: unknown): Failure {
  return { ok: false, reason: reasonOf(error), message: describe(error) };
}

function reasonOf(error: unknown): FailureReason {
  if (error instanceof ProbeError) return error.reason;
  const code = codeOf(error);
  if (code !== undefined) {
    const known = BY_SYSTEM_CODE[code] ?? BY_SQLSTATE[code];
    if (known !== undefined) return known;
    if (TLS_CODE.test(code)) return 'tls';
    if (/^[0-9A-Z]{5}$/.test(code)) return BY_SQLSTATE[code.slice(0, 2)] ?? 'sql';
  }
  const text = messageOf(error);
  return BY_MESSAGE.find(([pattern]) => pattern.test(text))?.[1] ?? 'internal';
}

/** Whether a pooler refused a startup parameter. */
export function isStartupParameterRefusal(error: unknown): boolean {
  return POOLER_REFUSAL.test(messageOf(error));
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** An AggregateError (every address of a name failed) has an empty message of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  const text = messageOf(error);
  return POOLER_REFUSAL.test(text) ? `${text}; ${POOLER_REMEDY}` : text;
}
