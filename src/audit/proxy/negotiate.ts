import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { readOpening, type Opening } from './startup.js';

/** What a client wants, after all its requests for encryption. */
export interface Negotiated {
  /** Plain or encrypted; paused. */
  readonly client: Socket;
  readonly kind: 'cancel' | 'startup';
  readonly packet: Buffer;
  /** What came behind it. */
  readonly rest: Buffer;
  /** Requests for encryption that it made, and that were answered. */
  readonly trips: number;
}

/** What cannot be served; a line for people. */
export class NegotiationError extends Error {
  override readonly name = 'NegotiationError';
}

const YES = Buffer.from('S');
const NO = Buffer.from('N');

/**
 * Answers a client's requests for encryption, and reads its first packet. null: it left before.
 *
 * @throws NegotiationError; the client is gone then.
 */
export async function negotiate(
  socket: Socket,
  secureContext: SecureContext | null,
): Promise<Negotiated | null> {
  let client = socket;
  let bytes: Buffer = Buffer.alloc(0);
  for (let trips = 0; ; trips += 1) {
    const found = await nextOpening(client, bytes);
    if (found === null) return null;
    const { opening, rest } = found;
    if (opening.kind === 'cancel' || opening.kind === 'startup') {
      return { client, ...opening, rest: Buffer.from(rest), trips };
    }
    bytes = Buffer.from(rest);
    if (isRefused(opening, client === socket ? secureContext : null)) client.write(NO);
    else {
      client = encrypted({ client, opening, bytes, secureContext });
      bytes = Buffer.alloc(0);
    }
  }
}

function isRefused({ kind }: Opening, secureContext: SecureContext | null): boolean {
  return kind === 'gssapi' || (kind === 'tls' && secureContext === null);
}

function encrypted(options: {
  readonly client: Socket;
  readonly opening: Opening;
  readonly bytes: Buffer;
  readonly secureContext: SecureContext | null;
}): TLSSocket {
  const { client, opening, bytes, secureContext } = options;
  const fail = (what: string) => {
    client.destroy();
    return new NegotiationError(what);
  };
  if (opening.kind === 'unknown')
    throw fail('a connection did not begin with the PostgreSQL protocol');
  if (secureContext === null) {
    throw fail('a connection began with TLS, which only --tls offers');
  }
  if (opening.kind === 'tls') {
    // What follows unencrypted may be a third party's. CVE-2021-23222
    if (bytes.length > 0) throw fail('a connection sent more than its request for TLS');
    client.write(YES);
  }
  // What came of the handshake already is read by TLS.
  if (bytes.length > 0) client.unshift(bytes);
  const secure = new TLSSocket(client, {
    isServer: true,
    secureContext,
    ALPNProtocols: ['postgresql'],
  });
  secure.on('error', () => undefined);
  return secure;
}

/** Reads until the first packet is whole; the client is paused then. null: it left. */
function nextOpening(client: Socket, before: Buffer): Promise<ReturnType<typeof readOpening>> {
  return new Promise((resolve) => {
    let bytes = before;
    const settle = (found: ReturnType<typeof readOpening>) => {
      client.off('data', onData).off('end', onEnd).off('close', onEnd).pause();
      resolve(found);
    };
    const look = () => {
      const found = readOpening(bytes);
      if (found !== null) settle(found);
      return found !== null;
    };
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      look();
    };
    const onEnd = () => {
      client.destroy();
      settle(null);
    };
    if (bytes.length > 0 && look()) return;
    client.on('data', onData).on('end', onEnd).on('close', onEnd);
    client.resume();
  });
}
