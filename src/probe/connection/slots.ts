import { performance } from 'node:perf_hooks';
import { ProbeError } from '../results/failure.js';
import { TRIGGERS, type Trigger } from '../results/result.js';

/**
 * How many connections to one target may be open at a time, whatever state they are in. Together six; the
 * scheduled runs never wait for those on demand.
 * Scheduled: the warm one, the measured one, the own queries', and a replica's rows. On demand: the
 * warm one, and the measured one or a health check's.
 */
const MAX_SLOTS: Readonly<Record<Trigger, number>> = { schedule: 4, request: 2 };

export interface Slot {
  readonly kind: Trigger;
  /** The server may hold the connection for longer than its owner does. */
  markStuck(): void;
  /** The server holds it no longer. Idempotent. */
  release(): void;
  /**
   * Releases it although the server may hold the connection still, and says whether it did: only one of
   * a target's is forgotten in FORGET_INTERVAL_MS, so that a connection can look for the others first.
   */
  forget(): boolean;
}

export interface Slots {
  /**
   * A free slot; waits for one.
   *
   * @throws the signal's reason; ProbeError with the reason `timeout` when all are held by connections
   * that the server has not let go of.
   */
  take(kind: Trigger, interrupted: AbortSignal): Promise<Slot>;
  /** A slot of any kind that is free at this moment, or null. */
  takeFree(): Slot | null;
  /** One that a connection holds already. */
  takeOver(kind: Trigger): Slot;
}

const FORGET_INTERVAL_MS = 120_000;

export function createSlots(): Slots {
  let forgotAt = -Infinity;
  const taken = {
    schedule: new Set<{ isStuck: boolean }>(),
    request: new Set<{ isStuck: boolean }>(),
  };
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of [...waiting]) look();
  };

  const occupy = (kind: Trigger): Slot => {
    const entry = { isStuck: false };
    taken[kind].add(entry);
    const release = () => {
      taken[kind].delete(entry);
      wake();
    };
    return {
      kind,
      markStuck() {
        entry.isStuck = true;
        wake();
      },
      release,
      forget() {
        if (performance.now() < forgotAt + FORGET_INTERVAL_MS) return false;
        forgotAt = performance.now();
        release();
        return true;
      },
    };
  };
  const isFree = (kind: Trigger) => taken[kind].size < MAX_SLOTS[kind];

  return {
    async take(kind, interrupted) {
      for (;;) {
        interrupted.throwIfAborted();
        if (isFree(kind)) return occupy(kind);
        if ([...taken[kind]].every(({ isStuck }) => isStuck)) throw allStuck(MAX_SLOTS[kind]);
        await new Promise<void>((resolve) => {
          const look = () => {
            waiting.delete(look);
            interrupted.removeEventListener('abort', look);
            resolve();
          };
          waiting.add(look);
          interrupted.addEventListener('abort', look, { once: true });
        });
      }
    },
    takeFree() {
      const free = TRIGGERS.find(isFree);
      return free === undefined ? null : occupy(free);
    },
    takeOver: occupy,
  };
}

function allStuck(count: number): ProbeError {
  return new ProbeError(
    'timeout',
    `the server still holds ${count} earlier connections that did not answer; no new one is opened until it releases them`,
  );
}
