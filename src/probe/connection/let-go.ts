import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../../config/target.js';
import { ProbeError } from '../results/failure.js';
import { requestCancel } from './cancel.js';
import { monotonicMs } from './held.js';
import type { Leftovers, Watched } from './leftovers.js';
import type { Slot } from './slots.js';
import type { Wire } from './wire.js';

/** A connection that the server may hold for longer than its owner does. */
export interface Abandoned {
  readonly target: Target;
  readonly address: string;
  readonly slot: Slot;
  readonly isPooler: boolean;
  /** When it was opened, in milliseconds of monotonicMs(). */
  readonly openedAt: number;
  /** The session's application_name. */
  readonly name: string;
  readonly leftovers: Leftovers;
  /** Looks at the server, on a connection that works, for what has been left on it. Never throws. */
  look(): Promise<void>;
}

/** One that has not answered. */
export interface Unanswered extends Abandoned {
  readonly wire: Wire;
  /** Ends it in good order, once it has answered. */
  close(): Promise<void>;
}

/** How long a cancel request may take, in milliseconds; never longer than an operation. */
const MAX_CANCEL_TIMEOUT_MS = 2_000;
/** How long the server may take to answer once it has been asked to cancel. */
const MAX_GRACE_MS = 1_000;
/** Between two cancel requests: the first are lost most easily, and a server in trouble must not get many. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
/** After so long without a cancel request having been taken, the server is not there any more. */
const GIVEN_UP_AFTER_MS = 600_000;
/**
 * How long a slot stays taken once a cancel request has been taken, while nobody can see whether it helped:
 * a pooler stands between, or no connection can be opened to look. The server gives up an idle connection
 * after 90 s (session-settings.ts), and a login after a minute. A process that a look has seen keeps its
 * slot for as long as it is there: nothing ends one that waits for a dead disk.
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
  const key = wire.guard.cancelKey();
  const isTaken = await cancel(unanswered, key);
  if (isTaken) await answered(wire, Math.min(MAX_GRACE_MS, target.operationTimeoutMs));
  if (wire.isOpen() && !wire.isExpecting()) return unanswered.close();
  // What we ended ourselves was answering: the server cannot go on to write to it.
  if (wire.isEndedByServer() || wire.failure() instanceof ProbeError) slot.release();
  else void persist({ ...unanswered, key, isTaken });
}

/** Ends what a thread that crashed has left: its socket is closed, and the server may not have noticed. */
export async function endCutOff(abandoned: Abandoned, key: Buffer): Promise<void> {
  const isTaken = await cancel(abandoned, key);
  await persist({ ...abandoned, wire: null, close: () => Promise.resolve(), key, isTaken });
}

interface Persistence extends Omit<Unanswered, 'wire'> {
  /** null: its socket has gone with the thread that had it. */
  readonly wire: Wire | null;
  /** null: the server had not sent it yet. */
  readonly key: Buffer | null;
  /** Whether a cancel request has been taken. */
  readonly isTaken: boolean;
}

async function persist(abandoned: Persistence): Promise<void> {
  const { wire, key, slot, look } = abandoned;
  const leftover = watch(abandoned);
  const startedAt = monotonicMs();
  let takenAt = abandoned.isTaken ? startedAt : null;
  const isForgettable = () =>
    takenAt === null
      ? monotonicMs() > startedAt + GIVEN_UP_AFTER_MS
      : monotonicMs() > Math.max(takenAt, leftover?.unseenSince() ?? 0) + HELD_MS;

  for (let round = 0; ; round++) {
    if (takenAt !== null && leftover !== null) await look();
    if (wire?.isEndedByServer() === true || leftover?.isGone() === true) {
      slot.release();
      break;
    }
    slot.markStuck();
    // It stays among the leftovers: a connection that finds it there still ends it.
    if (isForgettable() && slot.forget()) return wire?.destroy();
    const pauseMs = PAUSES_MS[Math.min(round, PAUSES_MS.length - 1)] ?? 0;
    await Promise.race([answered(wire, pauseMs), ...(leftover === null ? [] : [leftover.gone])]);
    if (wire?.isOpen() === true && !wire.isExpecting()) {
      leftover?.remove();
      return abandoned.close();
    }
    if (await cancel(abandoned, key)) takenAt ??= monotonicMs();
  }
  leftover?.remove();
  wire?.destroy();
}

/** null: it cannot be looked for. A pooler's process id is its own invention. */
function watch({ key, isPooler, leftovers, name, openedAt }: Persistence): Watched | null {
  if (key === null || isPooler) return null;
  return leftovers.add({ processId: key.readInt32BE(0), name, openedAt });
}

/** A connection without a key was still being opened: the server ends that by itself. */
async function cancel({ target, address }: Abandoned, key: Buffer | null): Promise<boolean> {
  if (key === null) return true;
  const timeoutMs = Math.min(MAX_CANCEL_TIMEOUT_MS, target.operationTimeoutMs);
  return requestCancel({ target, address, key, timeoutMs });
}

/** Waits until the connection has answered or ended, at most for `withinMs`. */
async function answered(wire: Wire | null, withinMs: number): Promise<void> {
  if (wire?.isOpen() !== true) return delay(withinMs, undefined, { ref: false });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, withinMs).unref();
    function done() {
      clearTimeout(timer);
      wire?.off('data', look).off('close', done);
      resolve();
    }
    function look() {
      if (wire?.isExpecting() !== true) done();
    }
    wire.on('data', look).on('close', done);
  });
}
