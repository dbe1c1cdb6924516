import { AnswerTooLargeError, ProtocolError } from '../results/failure.js';
import { createBacklog } from './backlog.js';
import { bareError } from './bare-error.js';

/**
 * What a server may send, checked before the driver sees it: the driver's parser believes every length and
 * every text to be well formed, and where they are not, it loops for ever or takes a gigabyte.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export interface MessageGuard {
  /**
   * Takes bytes as they arrive, and returns those that complete messages; they may go to the driver.
   *
   * @throws ProtocolError for what no PostgreSQL would send here; AnswerTooLargeError.
   */
  take(chunk: Buffer): Buffer;
  /** A request was sent, whose answer ends with ReadyForQuery, and may have so many bytes: 64 KiB, or more. */
  expectAnswer(maxBytes?: number): void;
  /** Whether an answer, or the end of the startup, is still to come. */
  isExpecting(): boolean;
  /** How far the server has come with the startup, as far as it has said. */
  stage(): Stage;
  /** What a CancelRequest needs; null before the server has sent it. */
  cancelKey(): Buffer | null;
  /** A setting that the server reported; only those of REPORTED_SETTINGS are kept. */
  setting(name: ReportedSetting): string | null;
}

/**
 * - `silent`: nothing has come;
 * - `authenticating`: it waits for this client's answer, or has refused it;
 * - `authenticated`: it may be held up before it is ready, without an eye on the connection;
 * - `ready`: it has been ready for a query.
 */
export type Stage = 'silent' | 'authenticating' | 'authenticated' | 'ready';

/** `in_hot_standby` and `default_transaction_read_only` are reported from PostgreSQL 14 on. */
const REPORTED_SETTINGS = [
  'in_hot_standby',
  'default_transaction_read_only',
  'server_version',
] as const;
export type ReportedSetting = (typeof REPORTED_SETTINGS)[number];

/** What one answer may hold, with the notices and settings in it, where nobody says more. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * And how many of them beside the answer itself: small ones take the thread's time from the other targets. At
 * the start a server reports some fifteen settings.
 */
const MAX_ASIDES = 1_000;
const ASIDES = 'NSA';

/** A type's byte and the length. */
const HEADER_BYTES = 5;
/** A length counts itself. */
const LENGTH_BYTES = 4;
const KEY_BYTES = 8;

/** Sent at any time: NoticeResponse, ParameterStatus, NotificationResponse, and an error that ends the session. */
const AT_ANY_TIME = 'NSAE';
const IN_STARTUP = 'RSKZEN';
/** In answer to what this project sends: no COPY, no Describe, no limit of rows. */
const IN_ANSWER = '123CDEINSTZA';

/** Authentication requests that the driver can answer: ok, clear text, MD5, and SASL with its two steps. */
const AUTHENTICATION_REQUESTS: ReadonlySet<number> = new Set([0, 3, 5, 10, 11, 12]);
const AUTHENTICATION_NAMES: Readonly<Record<number, string>> = {
  2: 'Kerberos V5',
  6: 'SCM credentials',
  7: 'GSSAPI',
  8: 'GSSAPI',
  9: 'SSPI',
};

/** `checkAuthentication` is shown each authentication request before the driver, and throws to refuse it. */
export function createMessageGuard(
  checkAuthentication: (body: Buffer) => void = () => undefined,
): MessageGuard {
  const backlog = createBacklog();
  let stage: Stage = 'silent';
  let expected = 1;
  const answer = createAllowance();
  let key: Buffer | null = null;
  const settings = new Map<string, string>();

  const checkType = (type: string) => {
    const allowed = stage !== 'ready' ? IN_STARTUP : expected > 0 ? IN_ANSWER : AT_ANY_TIME;
    if (!allowed.includes(type)) throw unexpected(type, stage);
  };

  const admit = (type: string, body: Buffer) => {
    checkBody(type, body);
    if (stage === 'silent') stage = 'authenticating';
    if (type === 'R') checkAuthentication(body);
    if (type === 'R' && body.readInt32BE(0) === 0) stage = 'authenticated';
    if (type === 'K') key = Buffer.from(body);
    if (type === 'S') keepSetting(body, settings);
    if (type !== 'Z') return;
    stage = 'ready';
    expected -= 1;
    answer.restart();
  };

  return {
    take(chunk) {
      const bytes = backlog.with(chunk);
      let at = 0;
      while (bytes.length - at >= HEADER_BYTES) {
        const length = bytes.readInt32BE(at + 1);
        if (stage === 'silent') {
          const bare = bareError(bytes);
          if (bare === 'unfinished') break;
          if (bare !== null) throw bare;
        }
        const type = String.fromCharCode(bytes[at] ?? 0);
        // Before the length: if this is no message, its length may be any number.
        checkType(type);
        if (length < LENGTH_BYTES) throw new ProtocolError(`a message of length ${length}`);
        answer.announce(length);
        const end = at + 1 + length;
        if (end > bytes.length) break;
        answer.charge(type, length);
        admit(type, bytes.subarray(at + HEADER_BYTES, end));
        at = end;
      }
      backlog.keepFrom(at);
      return bytes.subarray(0, at);
    },
    expectAnswer(maxBytes) {
      expected += 1;
      answer.restart(maxBytes);
    },
    isExpecting: () => expected > 0,
    stage: () => stage,
    cancelKey: () => key,
    setting: (name) => settings.get(name) ?? null,
  };
}

/** What an answer may still hold. */
function createAllowance() {
  let bytes = 0;
  let maxBytes = MAX_ANSWER_BYTES;
  let asides = 0;
  return {
    /** @throws AnswerTooLargeError when a message of this length is too much, before it has come. */
    announce(length: number) {
      if (bytes + length > maxBytes) throw new AnswerTooLargeError(maxBytes);
    },
    /** @throws ProtocolError for one notice or setting too many. */
    charge(type: string, length: number) {
      bytes += length;
      if (ASIDES.includes(type) && ++asides > MAX_ASIDES) {
        throw new ProtocolError(`more than ${MAX_ASIDES} notices and settings beside an answer`);
      }
    },
    /** For the next answer. */
    restart(nextMaxBytes = MAX_ANSWER_BYTES) {
      maxBytes = nextMaxBytes;
      bytes = 0;
      asides = 0;
    },
  };
}

function unexpected(type: string, stage: Stage): ProtocolError {
  if (stage === 'ready' && 'GHWdc'.includes(type))
    return new ProtocolError('the server began a COPY');
  const shown = /^[\x21-\x7e]$/.test(type) ? type : `0x${type.charCodeAt(0).toString(16)}`;
  const where = stage === 'ready' ? 'here' : 'while a connection is opened';
  return new ProtocolError(`a message of type ${shown}, which no PostgreSQL sends ${where}`);
}

/** @throws ProtocolError when the body is not exactly what its type says. */
function checkBody(type: string, body: Buffer): void {
  const end = bodyEnd(type, body);
  if (end !== body.length) throw new ProtocolError(`a malformed message of type ${type}`);
}

/** Where the body ends by what it holds; -1 when it is cut short. */
function bodyEnd(type: string, body: Buffer): number {
  switch (type) {
    case 'R':
      return authenticationEnd(body);
    case 'K':
      return KEY_BYTES;
    case 'Z':
      return body.length === 1 && 'ITE'.includes(body.toString('latin1')) ? 1 : -1;
    case 'S':
      return textEnd(body, textEnd(body, 0));
    case 'A':
      return textEnd(body, textEnd(body, 4));
    case 'C':
      return textEnd(body, 0);
    case 'E':
    case 'N':
      return fieldsEnd(body);
    case 'T':
      return listEnd(body, (at) => after(body, textEnd(body, at), 18));
    case 'D':
      return listEnd(body, (at) => valueEnd(body, at));
    default: // ParseComplete, BindComplete, CloseComplete, EmptyQueryResponse
      return 0;
  }
}

/** Past `bytes` more bytes, or -1. */
function after(body: Buffer, at: number, bytes: number): number {
  return at >= 0 && bytes >= 0 && at + bytes <= body.length ? at + bytes : -1;
}

/** Past a text and its NUL, or -1. */
function textEnd(body: Buffer, at: number): number {
  if (at < 0 || at >= body.length) return -1;
  const nul = body.indexOf(0, at);
  return nul === -1 ? -1 : nul + 1;
}

/** A count of two bytes, then as many items. */
function listEnd(body: Buffer, itemEnd: (at: number) => number): number {
  let at = after(body, 0, 2);
  if (at === -1) return -1;
  const count = body.readInt16BE(0);
  if (count < 0) return -1;
  for (let i = 0; i < count && at !== -1; i++) at = itemEnd(at);
  return at;
}

/** A length of four bytes, -1 for NULL, then the value. */
function valueEnd(body: Buffer, at: number): number {
  const start = after(body, at, 4);
  if (start === -1) return -1;
  const length = body.readInt32BE(at);
  return length === -1 ? start : after(body, start, length);
}

/** Pairs of a type's byte and a text, then a zero byte: an error or a notice. */
function fieldsEnd(body: Buffer): number {
  let at = 0;
  while (at !== -1 && at < body.length && body[at] !== 0) at = textEnd(body, at + 1);
  return at === -1 || at >= body.length ? -1 : at + 1;
}

function authenticationEnd(body: Buffer): number {
  if (body.length < 4) return -1;
  const request = body.readInt32BE(0);
  if (!AUTHENTICATION_REQUESTS.has(request)) {
    const name = AUTHENTICATION_NAMES[request] ?? `method ${request}`;
    throw new ProtocolError(
      `the server asks for authentication by ${name}, which is not supported`,
      'auth',
    );
  }
  switch (request) {
    case 0:
    case 3:
      return 4;
    case 5:
      return 8;
    case 10: {
      let at = 4;
      while (at !== -1 && at < body.length && body[at] !== 0) at = textEnd(body, at);
      return at === -1 || at >= body.length ? -1 : at + 1;
    }
    default:
      return body.length;
  }
}

function keepSetting(body: Buffer, settings: Map<string, string>): void {
  const [name = '', value = ''] = body.toString('utf8').split('\0');
  if ((REPORTED_SETTINGS as readonly string[]).includes(name))
    settings.set(name, value.slice(0, 64));
}
