import { setTimeout as delay } from 'node:timers/promises';
import type { Failure, Sample } from '../probe/results/result.js';
import type { Opened, Pinger } from './pinger.js';

/** What became of one database in one round. */
export interface Turn {
  readonly sample: Sample;
  /** The connection was dead, and this is the next one; null: it was not, or none could be opened. */
  readonly reopened: Opened | null;
}

export interface Round {
  /** From 1. */
  readonly number: number;
  /** In the order of the pingers. */
  readonly turns: readonly Turn[];
}

export interface Pace {
  /** Rounds; 0: until the signal. */
  readonly count: number;
  readonly intervalMs: number;
  /** Just before each round. */
  readonly before: () => Promise<void>;
}

/** Opens all connections, side by side. @throws the signal's reason. */
export function openAll(
  pingers: readonly Pinger[],
  signal: AbortSignal,
): Promise<(Opened | Failure)[]> {
  return Promise.all(pingers.map((pinger) => pinger.open(signal)));
}

/**
 * A sample of each database, again and again: all start at the same moment, and the next ones when the interval
 * is over and every one has its answer. Ends when the signal fires, without what had no answer by then.
 */
export async function* measureRounds(
  pingers: readonly Pinger[],
  { count, intervalMs, before }: Pace,
  signal: AbortSignal,
): AsyncGenerator<Round, void, undefined> {
  for (let number = 1; count === 0 || number <= count; number += 1) {
    const startedAt = performance.now();
    try {
      await before();
      signal.throwIfAborted();
      yield { number, turns: await Promise.all(pingers.map((it) => takeTurn(it, signal))) };
      if (number === count) return;
      await delay(Math.max(0, startedAt + intervalMs - performance.now()), undefined, { signal });
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
  }
}

/** A connection that died is replaced first. The reason for which it cannot be is that of the sample. */
async function takeTurn(pinger: Pinger, signal: AbortSignal): Promise<Turn> {
  if (pinger.isOpen()) return { sample: await pinger.sample(signal), reopened: null };
  const opened = await pinger.open(signal);
  if (!opened.ok) return { sample: opened, reopened: null };
  return { sample: await pinger.sample(signal), reopened: opened };
}
