import { performance } from 'node:perf_hooks';

/** Time, as the schedule needs it. */
export interface Clock {
  /** Unix time in milliseconds; it may be set. */
  wallMs(): number;
  /** Milliseconds since some moment; it only goes forward. */
  monotonicMs(): number;
  /** Calls `then` once, after `delayMs` of monotonic time or later, unless the returned function is called first. */
  wait(delayMs: number, then: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  wait(delayMs, then) {
    // Rounded up: a timer that comes a fraction too early would come twice.
    const timer = setTimeout(then, Math.ceil(delayMs));
    return () => clearTimeout(timer);
  },
};
