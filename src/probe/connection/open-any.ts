import { performance } from 'node:perf_hooks';
import { ProbeError } from '../results/failure.js';
import type { Failure } from '../results/result.js';
import type { Connection } from './connection.js';
import { attemptFailure, isForNextAddress } from './next-address.js';
import { openPath } from './open-path.js';
import type { Knowledge, Opening } from './opening.js';
import { createPatience } from './patience.js';
import type { Slot } from './slots.js';
import { startSession } from './start-session.js';

export interface OpenAnyOptions {
  /** For each attempt its own: one whose session hangs keeps it. */
  takeSlot(): Promise<Slot>;
  /** As startSession takes it. */
  look(): Promise<void>;
}

/** More than a name has that somebody means; a name server may send thousands. */
const MAX_ADDRESSES = 64;

/**
 * Resolves the name, and opens a connection to the first of its addresses, of at most 64, that gives one. `connect` is the
 * time of that one.
 *
 * @throws the error of the address that ended the search; where several failed, what each of them said,
 * under the reason of the last; the signal's reason.
 */
export async function openAny(opening: Opening, options: OpenAnyOptions): Promise<Connection> {
  const { target, resolver, knowledge, interrupted } = opening;
  const endsAt = performance.now() + target.operationTimeoutMs;
  const resolved = await resolver.resolve(target.host, interrupted);
  const addresses = resolved.addresses.slice(0, MAX_ADDRESSES);
  const spared = areToBeSpared(addresses, knowledge);
  const failedAttempts: Failure[] = [];
  let last: unknown;
  for (const [place, address] of addresses.entries()) {
    if (spared.has(address)) {
      failedAttempts.push(attemptFailure(address, STILL_HUNG));
      continue;
    }
    const slot = await options.takeSlot();
    const patience = createPatience({
      left: addresses.slice(place).filter((it) => !spared.has(it)).length,
      timeoutMs: target.operationTimeoutMs,
      remainingMs: endsAt - performance.now(),
      knownRoundTripMs: knowledge.roundTripMs,
      interrupted,
    });
    try {
      const path = await openPath(address, opening, patience).catch((error: unknown) => {
        slot.release();
        throw error;
      });
      const connection = await startSession(
        { ...path, dnsMs: resolved.durationMs, failedAttempts },
        slot,
        { ...opening, interrupted: patience.signal },
        options.look,
      );
      knowledge.address = address;
      return connection;
    } catch (error) {
      interrupted.throwIfAborted();
      if (addresses.length === 1 || !isForNextAddress(error)) throw error;
      failedAttempts.push(attemptFailure(address, error));
      last = error;
    } finally {
      patience.stop();
    }
  }
  throw allFailed(failedAttempts, last);
}

const STILL_HUNG = new ProbeError('timeout', 'an earlier connection to it has not ended yet');

/**
 * An address that may still hold an earlier connection gets no other one while a session began on another
 * address: each would take a slot, until none is left for the address that works.
 */
function areToBeSpared(
  addresses: readonly string[],
  { hung, address: working }: Knowledge,
): ReadonlySet<string> {
  const all = new Set([...hung].map(({ address }) => address));
  const isSafe = working !== null && addresses.includes(working) && !all.has(working);
  return isSafe ? all : new Set();
}

function allFailed(failures: readonly Failure[], last: unknown): ProbeError {
  const { reason } = attemptFailure('', last);
  return new ProbeError(reason, failures.map(({ message }) => message).join('; '));
}
