import { performance } from 'node:perf_hooks';
import { ProbeError } from '../results/failure.js';

/** How long one address of several may take, from its TCP handshake to the end of its startup. */
export interface Patience {
  /** Fires when the address has had its time, or when the whole connection is interrupted. */
  readonly signal: AbortSignal;
  /** It has answered, and is this far away: it gets at least what a connection needs from there. */
  answered(roundTripMs: number): void;
  stop(): void;
}

export interface PatienceOptions {
  /** How many addresses are left to try, this one with them. */
  readonly left: number;
  /** The deadline of the whole connection. */
  readonly timeoutMs: number;
  /** What is left of it. */
  readonly remainingMs: number;
  /** libpq's connect_timeout, also of the last address; undefined: none. */
  readonly limitMs?: number | undefined;
  /** The shortest TCP handshake that this target is known to have had; null: none yet. */
  readonly knownRoundTripMs: number | null;
  readonly interrupted: AbortSignal;
}

/** Seven, with TLS and SCRAM (docs/methodology.md), and some for what the server does between them. */
const ROUND_TRIPS_OF_A_CONNECTION = 10;

/** Begins now. */
export function createPatience(options: PatienceOptions): Patience {
  const { left, remainingMs, interrupted, limitMs = Infinity } = options;
  const startedAt = performance.now();
  const end = new AbortController();
  let givenMs = Math.min(limitMs, attemptTimeoutMs(options));
  let timer: NodeJS.Timeout | undefined;

  const wait = () => {
    clearTimeout(timer);
    // The last address has until the deadline, which is watched elsewhere.
    if (left === 1 && limitMs > remainingMs) return;
    const restMs = startedAt + givenMs - performance.now();
    const text = `no answer within ${Math.round(givenMs)} ms`;
    timer = setTimeout(() => end.abort(new ProbeError('timeout', text)), restMs);
  };
  const onAbort = () => end.abort(interrupted.reason);
  interrupted.addEventListener('abort', onAbort, { once: true });
  wait();

  return {
    signal: end.signal,
    answered(roundTripMs) {
      const neededMs = ROUND_TRIPS_OF_A_CONNECTION * roundTripMs;
      givenMs = Math.min(remainingMs, limitMs, Math.max(givenMs, neededMs));
      wait();
    },
    stop() {
      clearTimeout(timer);
      interrupted.removeEventListener('abort', onAbort);
    },
  };
}

/**
 * How long one of `left` addresses may take, in milliseconds. The last one may take all that remains. One
 * before it gets its share, but never less than a quarter of the deadline: a new connection is four round
 * trips, so an address that needs longer for the first of them could not be used anyway. And never less
 * than three times the round trip that the target is known to have.
 */
export function attemptTimeoutMs(
  given: Pick<PatienceOptions, 'left' | 'timeoutMs' | 'remainingMs' | 'knownRoundTripMs'>,
): number {
  const { timeoutMs, remainingMs, left, knownRoundTripMs } = given;
  if (left === 1) return remainingMs;
  const share = Math.max(remainingMs / left, timeoutMs / 4, 3 * (knownRoundTripMs ?? 0));
  return Math.min(share, remainingMs);
}
