import { startOffsetMs } from './spread.js';

/** Starts each target's run at each tick. */
export interface Starts {
  /** The next tick comes in `untilNextMs` milliseconds. */
  tick(plannedAt: Date, untilNextMs: number): void;
  /** What has not started yet does not start any more. */
  stop(): void;
}

export interface StartsOptions {
  /** The names of the targets as of now. */
  readonly targets: () => readonly string[];
  /** One run of a target. It rejects only for a bug. */
  readonly run: (target: string) => Promise<void>;
  /** The target's run before this one has not ended, so this one does not start. */
  readonly onOverlap: (target: string, plannedAt: Date) => void;
  readonly onError: (error: unknown, target: string) => void;
}

/** A run that lasts, or hangs, holds up the next one of its own target and nobody else's. */
export function createStarts({ targets, run, onOverlap, onError }: StartsOptions): Starts {
  const underWay = new Set<string>();
  const waiting = new Map<string, NodeJS.Timeout>();

  const start = async (target: string) => {
    waiting.delete(target);
    try {
      // A reload may have removed it since the tick.
      if (targets().includes(target)) await run(target);
    } catch (error) {
      onError(error, target);
    } finally {
      underWay.delete(target);
    }
  };

  return {
    tick(plannedAt, untilNextMs) {
      const names = targets();
      names.forEach((target, place) => {
        if (underWay.has(target)) {
          onOverlap(target, plannedAt);
          return;
        }
        underWay.add(target);
        const offsetMs = startOffsetMs(place, names.length, untilNextMs);
        if (offsetMs === 0) void start(target);
        else
          waiting.set(
            target,
            setTimeout(() => void start(target), offsetMs),
          );
      });
    },
    stop() {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}
