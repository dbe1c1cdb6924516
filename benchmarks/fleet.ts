import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { FleetAnswer } from '../src/api/fleet-answer.js';
import { atExit } from '../src/lab/at-exit.js';
import { conclude, progress, readOptions, residentMb, withBackend } from './harness.js';
import { comparePings, printPings, ROUNDS_PER_RUN } from './pings.js';

const PEERS = 200;
const HANGING = 50;
const POLL_INTERVAL_MS = 250;
const MAX_RATIO = 2;
const MAX_ANSWER_MS = 2_000;

const { pairs, runs, json } = readOptions(
  'bench:fleet',
  `p99 of ping with nothing else to do, and while /api/fleet is polled 4 times a second with ${PEERS} peers\n` +
    `of which ${HANGING} hang; how long the slowest answer took, and the resident set.`,
  {
    pairs: { default: 5, help: 'pairs of an idle and a polled phase' },
    runs: { default: 8, help: `runs of ${ROUNDS_PER_RUN} rounds in each phase` },
  },
);

const peers = fork(new URL('./peers.ts', import.meta.url), [String(PEERS), String(HANGING)]);
atExit(() => peers.kill('SIGKILL'));
const [origins] = (await once(peers, 'message')) as [string[]];

const slowest = { answerMs: 0, residentMb: 0 };

/** Polls as several open pages do, until the signal; each answer has every peer. */
async function poll(url: string, pid: number | undefined, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const pause = new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    const startedAt = performance.now();
    const answer = (await (await fetch(`${url}/api/fleet`)).json()) as FleetAnswer;
    slowest.answerMs = Math.max(slowest.answerMs, performance.now() - startedAt);
    const measured = answer.rows.filter(({ read_p50_ms }) => read_p50_ms !== null).length;
    if (answer.rows.length !== PEERS + 1) throw new Error(`${answer.rows.length} rows`);
    if (measured < PEERS - HANGING) throw new Error(`only ${measured} peers were heard`);
    slowest.residentMb = Math.max(slowest.residentMb, await residentMb(pid));
    await pause;
  }
}

const env = { SCHEDULE: '0 0 1 1 *', PEERS: origins.join(',') };
const pings = await withBackend(env, ({ url, backend }) =>
  comparePings(url, { pairs, runs }, async (measure) => {
    const end = new AbortController();
    const polling = poll(url, backend.child.pid, end.signal);
    try {
      await Promise.race([measure(), polling]);
    } finally {
      end.abort();
    }
    await polling;
    progress(`  slowest answer so far: ${slowest.answerMs.toFixed(0)} ms`);
  }),
);
peers.disconnect();

if (json) console.log(JSON.stringify({ ...pings, ...slowest }));
else {
  printPings(pings);
  console.log(
    `/api/fleet: at most ${slowest.answerMs.toFixed(0)} ms, resident set at most ${slowest.residentMb.toFixed(1)} MB`,
  );
}
conclude(
  pings.ratio <= MAX_RATIO && slowest.answerMs < MAX_ANSWER_MS,
  `p99 beside ${PEERS} peers of which ${HANGING} hang within ${MAX_RATIO} × idle, every answer within ${MAX_ANSWER_MS} ms`,
);
