import type { Socket } from 'node:net';
import type { ConnectionFields } from '../../config/resolve-connection.js';
import { dial } from '../../probe/connection/dial.js';
import { encrypt, TlsHandshakeError } from '../../probe/connection/encrypt.js';
import { ProbeError, ProtocolError } from '../../probe/results/failure.js';
import { createResolver } from '../../probe/connection/resolve.js';
import { messageOf } from '../../base/errors.js';
import { countTurns } from './counted-stream.js';

/** The server behind the proxy. */
export interface Upstream {
  /** A connection on which the protocol can begin. @throws Error that says why there is none. */
  open(): Promise<Socket>;
  readonly isEncrypted: boolean;
  /** What a connection across a distance pays for encryption: the request for it, and TLS's handshake. */
  readonly encryptionTrips: number;
  /** The shortest handshake of TCP so far: what one trip from here to the server takes. Milliseconds. */
  roundTripMs(): number;
}

export type Server = Pick<ConnectionFields, 'host' | 'port' | 'tls'>;

/** Where something stands before the server. */
export interface Detour {
  readonly host: string;
  readonly port: number;
}

export interface Reached {
  /** The address that answered; the folder of a Unix socket. */
  readonly address: string;
  readonly upstream: (detour?: Detour) => Upstream;
}

const PATIENCE_MS = 10_000;

/**
 * Makes one connection to the server, up to TLS, and ends it without a login: whether somebody is there, speaks
 * PostgreSQL, and encrypts as is asked.
 *
 * @throws Error that says what is wrong.
 */
export async function reach(server: Server): Promise<Reached> {
  const addresses = await addressesOf(server.host);
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      const facts = await examine(server, address);
      return { address, upstream: (detour) => createUpstream(server, address, facts, detour) };
    } catch (error) {
      failures.push(`${address}: ${describe(error, server.tls)}`);
    }
  }
  throw new Error(
    `the server at ${server.host}:${server.port} cannot be used: ${failures.join('; ')}`,
  );
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const resolver = createResolver();
  try {
    return (await resolver.resolve(host, AbortSignal.timeout(PATIENCE_MS))).addresses;
  } finally {
    resolver.close();
  }
}

interface Facts {
  readonly isEncrypted: boolean;
  readonly encryptionTrips: number;
  readonly tcpMs: number;
}

async function examine({ host, port, tls }: Server, address: string): Promise<Facts> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const { socket, tcpMs } = await dial(address, port, patience);
  const counted = countTurns(socket);
  try {
    // The answer to the request for TLS is how a PostgreSQL shows itself without a login.
    const asked = tls.mode === 'disable' ? ({ ...tls, mode: 'prefer' } as const) : tls;
    const { version } = await encrypt(counted.stream, host, asked, patience);
    const isEncrypted = version !== null && tls.mode !== 'disable';
    return { isEncrypted, encryptionTrips: isEncrypted ? counted.trips() : 0, tcpMs };
  } catch (error) {
    const isWithoutTls = tls.mode === 'disable' || tls.mode === 'prefer';
    if (!isWithoutTls || !(error instanceof TlsHandshakeError)) throw error;
    return { isEncrypted: false, encryptionTrips: 0, tcpMs };
  } finally {
    socket.destroy();
  }
}

function createUpstream(
  { host, port, tls }: Server,
  address: string,
  facts: Facts,
  detour: Detour | undefined,
): Upstream {
  let roundTripMs = facts.tcpMs;
  const settled = facts.isEncrypted ? tls : ({ ...tls, mode: 'disable' } as const);
  return {
    isEncrypted: facts.isEncrypted,
    encryptionTrips: facts.encryptionTrips,
    roundTripMs: () => roundTripMs,
    async open() {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      try {
        const { socket, tcpMs } = await dial(
          detour?.host ?? address,
          detour?.port ?? port,
          patience,
        );
        if (detour === undefined) roundTripMs = Math.min(roundTripMs, tcpMs);
        return (await encrypt(socket, host, settled, patience)).socket;
      } catch (error) {
        throw new Error(describe(error, tls), { cause: error });
      }
    },
  };
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it closed the connection',
  ENOENT: 'there is no such socket',
  EACCES: 'this user may not use the socket',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
};

function describe(error: unknown, { mode }: Server['tls']): string {
  const { name, code = '' } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return `no answer within ${PATIENCE_MS / 1_000} s`;
  const message = SYSTEM_ERRORS[code] ?? messageOf(error);
  if (error instanceof ProtocolError) return `it does not speak PostgreSQL (${message})`;
  const isTls = error instanceof ProbeError && error.reason === 'tls';
  return isTls && mode !== 'prefer' ? `${message}, and sslmode=${mode} demands it` : message;
}
