import net, { type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { ProbeError, toFailure } from '../results/failure.js';
import type { Failure } from '../results/result.js';

export interface Dialled {
  readonly socket: Socket;
  /** The one that answered. */
  readonly address: string;
  /** Of the attempt that succeeded. */
  readonly tcpMs: number;
  /** Of the addresses before it. */
  readonly failedAttempts: readonly Failure[];
}

export interface DialOptions {
  readonly addresses: readonly string[];
  readonly port: number;
  /** The deadline of the whole connection. */
  readonly timeoutMs: number;
  /** The shortest TCP handshake that this target is known to have had; null: none yet. */
  readonly knownRoundTripMs: number | null;
  readonly interrupted: AbortSignal;
}

/** Idle for so long, a connection tells the routers on its path that it lives. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/**
 * Tries each address in turn, and takes the first that answers.
 *
 * @throws the last address's error, or the signal's reason, which it fires itself for no other address.
 */
export async function dial(options: DialOptions): Promise<Dialled> {
  const { addresses, port, timeoutMs, interrupted } = options;
  const endsAt = performance.now() + timeoutMs;
  const failedAttempts: Failure[] = [];
  for (const [place, address] of addresses.entries()) {
    interrupted.throwIfAborted();
    const remainingMs = endsAt - performance.now();
    const patienceMs = attemptTimeoutMs({
      ...options,
      remainingMs,
      left: addresses.length - place,
    });
    const startedAt = performance.now();
    try {
      const socket = await attempt(address, port, patienceMs, interrupted);
      return { socket, address, tcpMs: performance.now() - startedAt, failedAttempts };
    } catch (error) {
      interrupted.throwIfAborted();
      const failure = toFailure(error);
      failedAttempts.push({ ...failure, message: `${address}: ${failure.message}` });
    }
  }
  throw allFailed(failedAttempts);
}

/**
 * How long one of `left` addresses may take, in milliseconds. The last one may take all that remains. One
 * before it gets its share, but never less than a quarter of the deadline: a new connection is four round
 * trips, so an address that needs longer for the first of them could not be used anyway. And never less
 * than three times the round trip that the target is known to have.
 */
export function attemptTimeoutMs(given: {
  readonly timeoutMs: number;
  readonly remainingMs: number;
  readonly left: number;
  readonly knownRoundTripMs: number | null;
}): number {
  const { timeoutMs, remainingMs, left, knownRoundTripMs } = given;
  if (left === 1) return remainingMs;
  const share = Math.max(remainingMs / left, timeoutMs / 4, 3 * (knownRoundTripMs ?? 0));
  return Math.min(share, remainingMs);
}

function attempt(
  address: string,
  port: number,
  patienceMs: number,
  interrupted: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      host: address,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    });
    const give = (error: Error) => {
      stop();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => give(interrupted.reason as Error);
    const patience = setTimeout(
      () => give(new ProbeError('timeout', `no answer within ${Math.round(patienceMs)} ms`)),
      patienceMs,
    );
    const stop = () => {
      clearTimeout(patience);
      interrupted.removeEventListener('abort', onAbort);
      socket.off('error', give);
    };
    interrupted.addEventListener('abort', onAbort, { once: true });
    socket.once('error', give);
    socket.once('connect', () => {
      stop();
      resolve(socket);
    });
    // A destroyed socket may still report an error.
    socket.on('error', () => undefined);
  });
}

/** One address: its own failure. Several: all of them, under the reason of the last. */
function allFailed(failures: readonly Failure[]): ProbeError {
  const last = failures.at(-1);
  const text = failures.map(({ message }) => message).join('; ');
  return new ProbeError(last?.reason ?? 'unreachable', text);
}
