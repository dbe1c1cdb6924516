import { ProbeError } from '../results/failure.js';
import type { Trigger } from '../results/result.js';

/**
 * How many connections to one target may be open at a time, whatever state they are in. Together six; the
 * scheduled runs never wait for those on demand.
 * Scheduled: the warm one, the measured one, the own queries', and a replica's rows. On demand: the
 * warm one, and the measured one or a health check's.
 */
const MAX_SLOTS: Readonly<Record<Trigger, number>> = { schedule: 4, request: 2 };

export interface Slot {
  /** The server may hold the connection for longer than its owner does. */
  markStuck(): void;
  /** The server holds it no longer. Idempotent. */
  release(): void;
}

export interface Slots {
  /**
   * A free slot; waits for one.
   *
   * @throws the signal's reason; ProbeError with the reason `timeout` when all are held by connections
   * that the server has not let go of.
   */
  take(kind: Trigger, interrupted: AbortSignal): Promise<Slot>;
}

export function createSlots(): Slots {
  const taken = {
    schedule: new Set<{ isStuck: boolean }>(),
    request: new Set<{ isStuck: boolean }>(),
  };
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of [...waiting]) look();
  };

  return {
    async take(kind, interrupted) {
      const held = taken[kind];
      for (;;) {
        interrupted.throwIfAborted();
        if (held.size < MAX_SLOTS[kind]) break;
        if ([...held].every(({ isStuck }) => isStuck)) throw allStuck(MAX_SLOTS[kind]);
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
      const entry = { isStuck: false };
      held.add(entry);
      return {
        markStuck() {
          entry.isStuck = true;
          wake();
        },
        release() {
          held.delete(entry);
          wake();
        },
      };
    },
  };
}

function allStuck(count: number): ProbeError {
  return new ProbeError(
    'timeout',
    `the server has not let go of ${count} earlier connections that did not answer; no new one is opened until it does`,
  );
}
