import { performance } from 'node:perf_hooks';
import { DeadlineError, toFailure } from './results/failure.js';
import type { Failure } from './results/result.js';

export type Measured<T> =
  { readonly ok: true; readonly durationMs: number; readonly value: T } | Failure;

export interface Bounds {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Clock {
  /** Starts the clock anew: what came before is not measured. */
  restart(): void;
}

/**
 * The one place that times, bounds and classifies. `work` is given a clock that runs already, and a signal that
 * fires when the deadline passes or the run is aborted: it must let go of its connection then. What `work` does
 * after that is ignored.
 *
 * @throws the signal's reason when the run is aborted; every other error is a Failure.
 */
export async function measure<T>(
  { timeoutMs, signal }: Bounds,
  work: (interrupted: AbortSignal, clock: Clock) => Promise<T>,
): Promise<Measured<T>> {
  signal.throwIfAborted();
  const interruption = new AbortController();
  const onAbort = () => interruption.abort(signal.reason);
  const deadline = setTimeout(() => interruption.abort(new DeadlineError(timeoutMs)), timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  let startedAt = performance.now();
  try {
    const value = await Promise.race([
      work(interruption.signal, { restart: () => (startedAt = performance.now()) }),
      rejection(interruption.signal),
    ]);
    return { ok: true, durationMs: performance.now() - startedAt, value };
  } catch (error) {
    signal.throwIfAborted();
    return toFailure(interruption.signal.aborted ? interruption.signal.reason : error);
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Never resolves; rejects with the signal's reason. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
