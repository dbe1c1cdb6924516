import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { BenchmarkAnswer } from '../src/http/answers.js';
import { summarise } from '../src/probe/statistics.js';
import { conclude, progress, readOptions, withBackend } from './harness.js';

const ROUNDS_PER_RUN = 100;
/** The benchmark's rate limit is 60 a minute. */
const RUN_INTERVAL_MS = 1_020;
const MAX_RATIO = 2;

const { pairs, runs, json } = readOptions(
  'bench:isolation',
  'p99 of ping with nothing else to do, and under 500 requests a second on /api/info plus 4 scrapes a\n' +
    'second from another process: phases in turn, so that a drift of the machine hits both.',
  {
    pairs: { default: 5, help: 'pairs of an idle and a loaded phase' },
    runs: { default: 8, help: `runs of ${ROUNDS_PER_RUN} rounds in each phase` },
  },
);

const pings = { idle: [] as number[], loaded: [] as number[] };

await withBackend({ SCHEDULE: '0 0 1 1 *' }, async ({ url }) => {
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
    const load = fork(new URL('./load.ts', import.meta.url), [url]);
    await measure(pings.loaded, runs);
    load.send('end');
    const [sent] = (await once(load, 'message')) as [{ failures: number; requests: number }];
    progress(`  sent: ${JSON.stringify(sent)}`);
    if (sent.failures > 0) throw new Error('the backend refused some of the load');
  }
});

const [idle, loaded] = [summarise(pings.idle), summarise(pings.loaded)];
const ratio = Number(loaded.p99) / Number(idle.p99);
if (json) {
  console.log(JSON.stringify({ idle, loaded, ratio }));
} else {
  const row = (name: string, { count, p50, p95, p99 }: typeof idle) =>
    `${name.padEnd(8)}${String(count).padStart(7)}${[p50, p95, p99]
      .map((ms) => Number(ms).toFixed(3).padStart(10))
      .join('')}`;
  console.log('ping      count    p50 ms    p95 ms    p99 ms');
  console.log(row('idle', idle));
  console.log(row('loaded', loaded));
  console.log(`ratio of the p99s: ${ratio.toFixed(2)}`);
}
conclude(ratio <= MAX_RATIO, `p99 under load within ${MAX_RATIO} × idle`);
