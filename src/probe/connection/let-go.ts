import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../../config/target.js';
import { ProbeError } from '../results/failure.js';
import { requestCancel } from './cancel.js';
import type { Leftovers } from './leftovers.js';
import type { Slot } from './slots.js';
import type { Wire } from './wire.js';

/** A connection that has not answered, and that the server may hold for ever. */
export interface Unanswered {
  readonly target: Target;
  readonly wire: Wire;
  readonly address: string;
  readonly slot: Slot;
  readonly isPooler: boolean;
  /** When it was opened, in milliseconds of performance.now(). */
  readonly openedAt: number;
  readonly leftovers: Leftovers;
  /** Ends it in good order, once it has answered. */
  close(): Promise<void>;
}

/** How long a cancel request may take, in milliseconds; never longer than an operation. */
const MAX_CANCEL_TIMEOUT_MS = 2_000;
/** How long the server may take to answer once it has been asked to cancel. */
const MAX_GRACE_MS = 1_000;
/** Between two cancel requests: the first are lost most easily, and a server in need is not to be pressed. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
/** After so long without a cancel request having been taken, the server is not there any more. */
const GIVEN_UP_AFTER_MS = 600_000;
/**
 * How long a slot stays taken once a cancel request has been taken and nobody could see whether it helped.
 * The server watches an idle connection as session-settings.ts says, and ends a login after a minute.
 */
const HELD_MS = 120_000;

/**
 * Ends a connection that has not answered in time so that nothing is left behind on the server: asks it to
 * cancel, and waits a moment for the answer. When none comes, the connection keeps its slot and is asked
 * to end again and again, in the background, until the server has let go of it.
 *
 * @returns when the moment is over.
 */
export async function letGo(unanswered: Unanswered): Promise<void> {
  const { target, wire, slot } = unanswered;
  slot.markStuck();
  const isTaken = await cancel(unanswered);
  if (isTaken) await answered(wire, Math.min(MAX_GRACE_MS, target.operationTimeoutMs));
  if (wire.isOpen() && !wire.isExpecting()) return unanswered.close();
  // What we ended ourselves was answering: the server cannot go on to write to it.
  if (wire.isEndedByServer() || wire.failure() instanceof ProbeError) slot.release();
  else void persist(unanswered, isTaken);
}

async function persist(unanswered: Unanswered, isTaken: boolean): Promise<void> {
  const { wire, slot, leftovers, isPooler, openedAt } = unanswered;
  const processId = wire.guard.cancelKey()?.readInt32BE(0);
  const leftover = { processId: processId ?? 0, openedAt };
  // A pooler's process id is its own invention.
  if (processId !== undefined && !isPooler) leftovers.add(leftover);
  const startedAt = performance.now();
  let heldUntil = isTaken ? startedAt + HELD_MS : null;
  for (let round = 0; !wire.isEndedByServer() && !leftovers.isGone(leftover); round++) {
    if (performance.now() > (heldUntil ?? startedAt + GIVEN_UP_AFTER_MS)) break;
    const pauseMs = PAUSES_MS[Math.min(round, PAUSES_MS.length - 1)] ?? 0;
    await Promise.race([answered(wire, pauseMs), leftovers.changed()]);
    if (wire.isOpen() && !wire.isExpecting()) {
      leftovers.remove(leftover);
      return unanswered.close();
    }
    if (await cancel(unanswered)) heldUntil ??= performance.now() + HELD_MS;
  }
  leftovers.remove(leftover);
  wire.destroy();
  slot.release();
}

/** A connection without a key was still being opened: the server ends that by itself. */
async function cancel({ target, address, wire }: Unanswered): Promise<boolean> {
  const key = wire.guard.cancelKey();
  if (key === null) return true;
  const timeoutMs = Math.min(MAX_CANCEL_TIMEOUT_MS, target.operationTimeoutMs);
  return requestCancel({ target, address, key, timeoutMs });
}

/** Waits until the connection has answered or ended, at most for `withinMs`. */
async function answered(wire: Wire, withinMs: number): Promise<void> {
  if (!wire.isOpen()) return delay(withinMs, undefined, { ref: false });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, withinMs).unref();
    function done() {
      clearTimeout(timer);
      wire.off('data', look).off('close', done);
      resolve();
    }
    function look() {
      if (!wire.isExpecting()) done();
    }
    wire.on('data', look).on('close', done);
  });
}
