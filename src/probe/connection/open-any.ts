import { performance } from 'node:perf_hooks';
import { messageOf } from '../../base/errors.js';
import { placeOf, type SessionAttributes } from '../../config/target.js';
import { ProbeError, toFailure } from '../results/failure.js';
import type { Connection } from './connection.js';
import { attemptFailure, isForNextHost, NoAddressError } from './next-address.js';
import { openHost, type OpenHostOptions } from './open-host.js';
import type { Opening } from './opening.js';
import { orInterrupted } from './or-interrupted.js';
import { checkRole, UnfitSessionError } from './session-role.js';
import { shuffled } from './shuffled.js';

export interface OpenAnyOptions extends Pick<OpenHostOptions, 'takeSlot'> {
  /** As startSession takes it. */
  lookAt(opening: Opening): () => Promise<void>;
  /** null: a session of any kind will do, also a standby's where a target is read-write. */
  readonly wanted: SessionAttributes | null;
}

/**
 * Opens a connection to the first host that gives one which is as wanted, each host with all its addresses. What is
 * asked of a session to know that comes after the time of `connect`; a session that is not as wanted is closed in good
 * order before the next host is tried.
 *
 * @throws the error that ended the search; where several hosts failed, what each of them said, under the reason of
 * the last; the signal's reason.
 */
export async function openAny(
  openings: readonly [Opening, ...Opening[]],
  options: OpenAnyOptions,
): Promise<Connection> {
  const [{ target, interrupted }] = openings;
  const search: Search = {
    ...options,
    isOfSeveral: openings.length > 1,
    endsAt: performance.now() + target.operationTimeoutMs,
    failures: [],
    said: [],
  };
  let hosts: readonly Opening[] = target.isLoadBalanced === true ? shuffled(openings) : openings;
  let last: unknown;
  for (const wanted of passesOf(options.wanted)) {
    const unfit: Opening[] = [];
    for (const [place, opening] of hosts.entries()) {
      try {
        return await openFit(opening, wanted, hosts.length - place - 1, search);
      } catch (error) {
        interrupted.throwIfAborted();
        if (!isForNextHost(error)) throw search.isOfSeveral ? named(error, opening) : error;
        if (error instanceof UnfitSessionError) unfit.push(opening);
        note(error, opening, search);
        last = error;
      }
    }
    // The others have failed a moment ago.
    hosts = unfit;
  }
  throw search.isOfSeveral ? allFailed(search, last) : last;
}

interface Search extends OpenAnyOptions, Pick<OpenHostOptions, 'endsAt' | 'failures'> {
  readonly isOfSeveral: boolean;
  /** By each host. */
  readonly said: string[];
}

/** prefer-standby asks for a standby first, and then takes whatever there is. */
function passesOf(wanted: SessionAttributes | null): readonly (SessionAttributes | null)[] {
  return wanted === 'prefer-standby' ? ['standby', 'any'] : [wanted];
}

async function openFit(
  opening: Opening,
  wanted: SessionAttributes | null,
  hostsAfter: number,
  { isOfSeveral, endsAt, failures, takeSlot, lookAt }: Search,
): Promise<Connection> {
  const place = placeOf(opening.target);
  const connection = await openHost(opening, {
    ...{ takeSlot, look: lookAt(opening), endsAt, hostsAfter, failures },
    labelOf: (address) => (isOfSeveral ? `${place} (${address})` : address),
  });
  if (wanted === null) return connection;
  try {
    await orInterrupted(checkRole(connection, wanted), opening.interrupted);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A session that is not as wanted has not failed: no counter shall say so. */
function note(error: unknown, { target }: Opening, { failures, said }: Search): void {
  if (error instanceof NoAddressError) {
    said.push(error.message);
    return;
  }
  const failure = attemptFailure(placeOf(target), error);
  said.push(failure.message);
  if (!(error instanceof UnfitSessionError)) failures.push(failure);
}

/** Which host it was that ended the search. */
function named(error: unknown, { target }: Opening): Error {
  const message = `${placeOf(target)}: ${messageOf(error)}`;
  return new ProbeError(toFailure(error).reason, message, { cause: error });
}

function allFailed({ said }: Search, last: unknown): ProbeError {
  return new ProbeError(toFailure(last).reason, said.join('; '));
}
