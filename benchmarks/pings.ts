import type { BenchmarkAnswer } from '../src/api/answers.js';
import { summarise, type Statistics } from '../src/probe/results/statistics.js';
import { progress } from './harness.js';

export const ROUNDS_PER_RUN = 100;
/** The benchmark's rate limit is 60 a minute. */
const RUN_INTERVAL_MS = 1_020;

/** The ping with nothing else to do, and beside something else; milliseconds. */
export interface PingComparison {
  readonly idle: Statistics;
  readonly loaded: Statistics;
  /** Of the 99th percentiles. */
  readonly ratio: number;
}

/**
 * Idle and loaded phases in turn, so that a drift of the machine hits both.
 *
 * @param underLoad loads the backend for as long as what it is given lasts
 */
export async function comparePings(
  url: string,
  { pairs, runs }: { pairs: number; runs: number },
  underLoad: (measure: () => Promise<void>) => Promise<void>,
): Promise<PingComparison> {
  const pings = { idle: [] as number[], loaded: [] as number[] };
  const measure = async (into: number[], count: number) => {
    for (let run = 0; run < count; run++) {
      const pause = new Promise((resolve) => setTimeout(resolve, RUN_INTERVAL_MS));
      const response = await fetch(`${url}/api/rds/benchmark?iterations=${ROUNDS_PER_RUN}`);
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      into.push(...((await response.json()) as BenchmarkAnswer).ping_latencies);
      await pause;
    }
  };
  await measure([], 2); // Warm-up, not counted.
  for (let pair = 1; pair <= pairs; pair++) {
    progress(`pair ${pair} of ${pairs}`);
    await measure(pings.idle, runs);
    await underLoad(() => measure(pings.loaded, runs));
  }
  const [idle, loaded] = [summarise(pings.idle), summarise(pings.loaded)];
  return { idle, loaded, ratio: Number(loaded.p99) / Number(idle.p99) };
}

/** For people. */
export function printPings({ idle, loaded, ratio }: PingComparison): void {
  const row = (name: string, { count, p50, p95, p99 }: Statistics) =>
    `${name.padEnd(8)}${String(count).padStart(7)}${[p50, p95, p99]
      .map((ms) => Number(ms).toFixed(3).padStart(10))
      .join('')}`;
  console.log('ping      count    p50 ms    p95 ms    p99 ms');
  console.log(row('idle', idle));
  console.log(row('loaded', loaded));
  console.log(`ratio of the p99s: ${ratio.toFixed(2)}`);
}
