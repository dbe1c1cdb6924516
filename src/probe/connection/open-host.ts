import { performance } from 'node:perf_hooks';
import { isStartupParameterRefusal, ProbeError } from '../results/failure.js';
import type { Failure } from '../results/result.js';
import type { Connection } from './connection.js';
import { targetKey } from './held.js';
import { attemptFailure, isForNextAddress, NoAddressError } from './next-address.js';
import { openPath } from './open-path.js';
import type { Opening, Place } from './opening.js';
import { createPatience, type Patience } from './patience.js';
import type { Resolved } from './resolve.js';
import { shuffled } from './shuffled.js';
import type { Slot } from './slots.js';
import { startSession } from './start-session.js';

export interface OpenHostOptions {
  /** For each attempt its own: one whose session hangs keeps it. */
  takeSlot(): Promise<Slot>;
  /** As startSession takes it. */
  look(): Promise<void>;
  /** When the whole search has to be over, in milliseconds of performance.now(). */
  readonly endsAt: number;
  /** How many hosts come after this one. */
  readonly hostsAfter: number;
  /** What has failed so far; what fails here is added, one line an address. */
  readonly failures: Failure[];
  /** What a failure calls an address. */
  labelOf(address: string): string;
}

/** More than a name has that somebody means; a name server may send thousands. */
const MAX_ADDRESSES = 64;

/**
 * Resolves a host, and opens a connection to the first of its addresses, of at most 64, that gives one. `connect`
 * is the time of that one.
 *
 * @throws the error of the address that ended the search; NoAddressError where several failed; the signal's reason.
 */
export async function openHost(opening: Opening, options: OpenHostOptions): Promise<Connection> {
  const { knowledge } = opening;
  const failedBefore = options.failures.length;
  try {
    return await openFirst(opening, options);
  } catch (error) {
    if (!isStartupParameterRefusal(error) || knowledge.refusesSettings) throw error;
    knowledge.refusesSettings = true;
    options.failures.length = failedBefore;
    return openFirst(opening, options);
  }
}

async function openFirst(opening: Opening, options: OpenHostOptions): Promise<Connection> {
  const { target, knowledge, interrupted } = opening;
  const { hostsAfter, failures, labelOf } = options;
  const failedBefore = failures.length;
  const resolved = await resolve(opening, options);
  const addresses = inOrder(resolved.addresses, target.isLoadBalanced === true);
  const spared = areToBeSpared(addresses, opening);
  let last: unknown;
  for (const [place, address] of addresses.entries()) {
    if (spared.has(address)) {
      failures.push(attemptFailure(labelOf(address), STILL_HUNG));
      continue;
    }
    const slot = await options.takeSlot();
    const left = addresses.slice(place).filter((it) => !spared.has(it)).length + hostsAfter;
    const patience = patienceFor(opening, options, left);
    try {
      const path = await openPath(address, opening, patience).catch((error: unknown) => {
        slot.release();
        throw error;
      });
      const connection = await startSession(
        { ...path, dnsMs: resolved.durationMs, failedAttempts: failures },
        slot,
        { ...opening, interrupted: patience.signal },
        options.look,
      );
      knowledge.shared.working = { address, port: target.port, host: targetKey(target) };
      return connection;
    } catch (error) {
      interrupted.throwIfAborted();
      if (addresses.length === 1 || !isForNextAddress(error)) throw error;
      failures.push(attemptFailure(labelOf(address), error));
      last = error;
    } finally {
      patience.stop();
    }
  }
  throw new NoAddressError(failures.slice(failedBefore), last);
}

/** A name server that hangs leaves time for the hosts after this one. */
async function resolve(opening: Opening, options: OpenHostOptions): Promise<Resolved> {
  const { target, resolver, interrupted } = opening;
  if (options.hostsAfter === 0) return resolver.resolve(target.host, interrupted);
  const patience = patienceFor(opening, options, 1 + options.hostsAfter);
  try {
    return await resolver.resolve(target.host, patience.signal);
  } finally {
    patience.stop();
  }
}

function patienceFor(
  { target, knowledge, interrupted }: Opening,
  { endsAt }: OpenHostOptions,
  left: number,
): Patience {
  return createPatience({
    left,
    timeoutMs: target.operationTimeoutMs,
    remainingMs: endsAt - performance.now(),
    limitMs: target.connectTimeoutMs,
    knownRoundTripMs: knowledge.roundTripMs,
    interrupted,
  });
}

function inOrder(addresses: readonly string[], isLoadBalanced: boolean): readonly string[] {
  const some = addresses.slice(0, MAX_ADDRESSES);
  return isLoadBalanced ? shuffled(some) : some;
}

const STILL_HUNG = new ProbeError('timeout', 'an earlier connection to it has not ended yet');

/**
 * An address that may still hold an earlier connection gets no other one while a session began elsewhere: each
 * would take a slot, until none is left for the address that works.
 */
function areToBeSpared(addresses: readonly string[], opening: Opening): ReadonlySet<string> {
  const { target, knowledge } = opening;
  const { working, hung } = knowledge.shared;
  const isHung = (place: Place) =>
    [...hung].some(({ address, port }) => address === place.address && port === place.port);
  const isSafe =
    working !== null &&
    !isHung(working) &&
    (working.host !== targetKey(target) || addresses.includes(working.address));
  if (!isSafe) return new Set();
  return new Set(addresses.filter((address) => isHung({ address, port: target.port })));
}
