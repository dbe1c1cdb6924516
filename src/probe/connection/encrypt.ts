import { isIP, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import tls, { type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import pg from 'pg';
import type { Tls } from '../../config/target.js';
import { ProbeError, ProtocolError } from '../results/failure.js';
import { bareError, MAX_EARLY_ERROR_BYTES } from './bare-error.js';

export interface Encrypted {
  /** The TLS socket, or the plain one where the server has no TLS and need not have it. */
  readonly socket: Socket;
  /** From the request to the end of the handshake; null: TLS is disabled. */
  readonly tlsMs: number | null;
  readonly version: string | null;
  readonly certificateNotAfterMs: number | null;
}

/** The server did not take part in TLS, so `prefer` may go on without. */
export class TlsHandshakeError extends ProbeError {
  constructor(cause: Error) {
    super('tls', cause.message, { cause });
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html, SSLRequest */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
/** https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL */
const ALPN = ['postgresql'];

/** Many times what a chain of certificates takes. OpenSSL itself has no limit: it skips HelloRequests for ever. */
const MAX_HANDSHAKE_BYTES = 1_048_576;
/** How often that is looked at, in milliseconds: OpenSSL reads the socket without a word. */
const LOOK_EVERY_MS = 10;

const UNENCRYPTED = { version: null, certificateNotAfterMs: null };

/**
 * Negotiates TLS on a socket that has just been opened. `host`: the target's, for the name to check.
 *
 * @throws ProbeError with the reason `tls`; the server's own error where it answers with one;
 * the signal's reason. The socket is destroyed then.
 */
export async function encrypt(
  socket: Socket,
  host: string,
  options: Tls,
  interrupted: AbortSignal,
): Promise<Encrypted> {
  if (options.mode === 'disable') return { ...UNENCRYPTED, socket, tlsMs: null };
  // Parsing the authorities takes milliseconds, which are not the server's.
  const secureContext = contextOf(options);
  const startedAt = performance.now();
  const onAbort = () => socket.destroy();
  interrupted.addEventListener('abort', onAbort, { once: true });
  try {
    const isOffered = options.negotiation === 'direct' || (await requestTls(socket));
    if (!isOffered) {
      if (options.mode !== 'prefer') {
        throw new ProbeError('tls', 'the server does not support SSL connections');
      }
      return { ...UNENCRYPTED, socket, tlsMs: performance.now() - startedAt };
    }
    const secure = await handshake(socket, secureContext, host, options);
    return {
      socket: secure,
      tlsMs: performance.now() - startedAt,
      version: secure.getProtocol(),
      certificateNotAfterMs: notAfterMs(secure),
    };
  } catch (error) {
    socket.destroy();
    interrupted.throwIfAborted();
    throw error;
  } finally {
    interrupted.removeEventListener('abort', onAbort);
  }
}

/** Whether the server agrees to TLS. @throws as `encrypt`. */
export async function requestTls(socket: Socket): Promise<boolean> {
  let answer = Buffer.alloc(0);
  const isWhole = () => answer.length > 0 && (answer[0] !== ERROR || errorOf(answer) !== null);
  await new Promise<void>((resolve, reject) => {
    const settle = (end: () => void) => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      // The handshake reads from here on.
      socket.pause();
      end();
    };
    const onData = (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (isWhole() || answer.length > MAX_EARLY_ERROR_BYTES) settle(resolve);
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(resolve);
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.write(SSL_REQUEST);
  });
  return readTlsAnswer(answer);
}

const [ERROR, YES, NO] = Buffer.from('ESN');

function readTlsAnswer(answer: Buffer): boolean {
  const [first] = answer;
  if (first === undefined) throw new ProbeError('terminated', 'the server closed the connection');
  if (first === ERROR) throw errorOf(answer) ?? new ProtocolError('an error of a wrong length');
  if (first !== YES && first !== NO) {
    throw new ProtocolError('the answer to the request for TLS is not PostgreSQL');
  }
  // What follows unencrypted may be a third party's. CVE-2021-23222
  if (answer.length > 1) throw new ProtocolError('unencrypted data after the answer about TLS');
  return first === YES;
}

/** The server's error in answer to SSLRequest, or null while it is not whole. */
function errorOf(answer: Buffer): Error | null {
  if (answer.length < 5) return null;
  const bare = bareError(answer);
  if (bare !== null) return bare === 'unfinished' ? null : bare;
  const length = answer.readInt32BE(1);
  if (answer.length < 1 + length) return null;
  const fields = answer.toString('utf8', 5, 1 + length).split('\0');
  const field = (type: string) => fields.find((text) => text.startsWith(type))?.slice(1);
  const message = field('M') ?? 'an error without a message';
  return Object.assign(new pg.DatabaseError(message, length, 'error'), { code: field('C') });
}

function handshake(
  socket: Socket,
  secureContext: SecureContext,
  host: string,
  options: Tls,
): Promise<TLSSocket> {
  let flood: NodeJS.Timeout | undefined;
  return new Promise<TLSSocket>((resolve, reject) => {
    const secure = tls.connect({ socket, secureContext, ...handshakeOptions(host, options) });
    flood = setInterval(() => {
      if (socket.bytesRead <= MAX_HANDSHAKE_BYTES) return;
      reject(new ProtocolError('a TLS handshake of more than 1 MiB'));
      secure.destroy();
    }, LOOK_EVERY_MS);
    const fail = (error: Error) => reject(toTlsError(error));
    const onClose = () =>
      reject(new TlsHandshakeError(new Error('the server ended the TLS handshake')));
    secure.once('error', fail);
    secure.once('close', onClose);
    secure.once('secureConnect', () => {
      secure.off('error', fail).off('close', onClose);
      secure.on('error', () => undefined);
      if (options.negotiation === 'direct' && secure.alpnProtocol !== ALPN[0]) {
        secure.destroy();
        reject(new ProbeError('tls', 'the server does not speak PostgreSQL over direct TLS'));
        return;
      }
      resolve(secure);
    });
  }).finally(() => clearInterval(flood));
}

/** A certificate that is refused is an answer; everything else is a handshake that did not come about. */
function toTlsError(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && /^(?:ERR_TLS_CERT|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(code)
    ? error
    : new TlsHandshakeError(error);
}

const contexts = new WeakMap<Tls, SecureContext>();

/** One a target, made once. */
function contextOf(options: Tls): SecureContext {
  const found = contexts.get(options);
  if (found !== undefined) return found;
  const { ca, clientCertificate, minVersion, maxVersion } = options;
  const made = tls.createSecureContext({
    ...(isVerified(options) && ca !== null && { ca: ca as string | string[] }),
    ...(clientCertificate ?? {}),
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
  });
  contexts.set(options, made);
  return made;
}

function isVerified({ mode }: Tls): boolean {
  return mode === 'verify-ca' || mode === 'verify-full';
}

function handshakeOptions(host: string, options: Tls): ConnectionOptions {
  const { mode, negotiation } = options;
  const name = options.servername ?? host;
  return {
    rejectUnauthorized: isVerified(options),
    // The configured name, whatever Node would take for it: a host's or an address's.
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-full' ? tls.checkServerIdentity(name, certificate) : undefined,
    // SNI carries names only (RFC 6066, section 3).
    ...(isIP(name) === 0 && { servername: name }),
    ...(negotiation === 'direct' && { ALPNProtocols: ALPN }),
  };
}

function notAfterMs(secure: TLSSocket): number | null {
  const at = Date.parse(secure.getPeerCertificate().valid_to);
  return Number.isNaN(at) ? null : at;
}
