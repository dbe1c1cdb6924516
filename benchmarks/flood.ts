import { fork } from 'node:child_process';
import { once } from 'node:events';
import { API_PATHS } from '../src/api/openapi.js';
import { atExit } from '../src/lab/at-exit.js';
import { spawnCli } from '../test/helpers/cli.js';
import type { Attack, Outcome } from './flood/attack.js';
import { memoryLimit } from './flood/memory-limit.js';
import { watch, type Figures } from './flood/figures.js';
import { conclude, progress, readOptions, withBackend } from './harness.js';

const MAX_SCRAPE_MS = 1_000;
const MAX_MB = 200;
const CONTAINER_MB = 256;
const MAX_RATIO = 2;

const options = readOptions(
  'bench:flood',
  `A backend with a run a second under all of it at once: idle connections, halves of requests, readers that do not
read, and requests on every path. It has a container's memory limit of 256 MiB, where you may make one. Beside it the
same backend without callers says what the machine itself makes late.`,
  {
    idle: { default: 10_000, help: 'idle connections' },
    half: { default: 2_000, help: 'connections with half a request' },
    unread: { default: 500, help: 'connections that do not read' },
    rate: { default: 150, help: 'requests a second on each path' },
    seconds: { default: 60, help: 'how long; the idle phase takes half of it' },
  },
);

const attack: Attack = {
  ...{ idle: options.idle, half: options.half, unread: options.unread },
  paths: [...API_PATHS.filter((path) => !path.includes('{')), '/', '/badge/lhr.svg'],
  requestsPerSecond: options.rate,
};

const launcher = memoryLimit(CONTAINER_MB);
if (launcher === null) progress(`without a memory limit: making a control group needs root`);

const env = { SCHEDULE: '* * * * * *', FLY_REGION: 'lhr' };
const { idle, flooded, control, outcome } = await withBackend(
  env,
  async ({ url, backend, postgres }) => {
    const beside = spawnCli(['serve'], {
      ...{ NODE_ENV: 'production', LISTEN_HOST: '127.0.0.1', PORT: '0', ...env },
      ...{ DB_HOST: postgres.host, DB_PORT: String(postgres.port), DB_USER: postgres.user },
      ...{ DB_PASSWORD: postgres.password, DB_NAME: 'postgres', DB_SSLMODE: 'disable' },
    });
    atExit(() => beside.kill('SIGKILL'));
    try {
      const attacked = { url, pid: backend.child.pid ?? 0 };
      const alone = { url: await beside.listening(), pid: beside.child.pid ?? 0 };
      const [idle] = await Promise.all([
        watch(attacked, options.seconds * 500),
        watch(alone, options.seconds * 500),
      ]);
      progress('the idle phase is over');
      const attackers = fork(new URL('./flood/attack.ts', import.meta.url), [
        url,
        JSON.stringify(attack),
      ]);
      atExit(() => attackers.kill('SIGKILL'));
      const [flooded, control] = await Promise.all([
        watch(attacked, options.seconds * 1_000),
        watch(alone, options.seconds * 1_000),
      ]);
      const ended = once(attackers, 'message');
      attackers.send('end');
      const [outcome] = (await ended) as [Outcome];
      return { idle, flooded, control, outcome };
    } finally {
      beside.kill('SIGTERM');
      await beside.ended;
    }
  },
  launcher ?? [],
);

if (options.json) console.log(JSON.stringify({ idle, flooded, control, outcome }));
else {
  const rows: readonly [string, keyof Figures, number][] = [
    ['runs that succeeded', 'runs', 0],
    ['runs that failed', 'failedRuns', 0],
    ['runs that were skipped', 'skippedRuns', 0],
    ['starts later than 50 ms', 'lateStarts', 0],
    ['p99 of ping, ms', 'pingP99Ms', 2],
    ['slowest /metrics, ms', 'slowestScrapeMs', 0],
    ['peak of memory, MB', 'peakMb', 0],
    ['most descriptors', 'descriptors', 0],
  ];
  const columns = ['idle', 'flooded', 'control'].map((name) => name.padStart(10)).join('');
  console.log(`${''.padEnd(26)}${columns}`);
  for (const [name, key, digits] of rows) {
    const cells = [idle, flooded, control].map((it) => it[key].toFixed(digits).padStart(10));
    console.log(name.padEnd(26) + cells.join(''));
  }
  const perSecond = (outcome.requests / outcome.seconds).toFixed(0);
  console.log(
    `${outcome.connections} connections, ${perSecond} requests a second on ${attack.paths.length} paths; answers: ${JSON.stringify(outcome.statuses)}`,
  );
}

// What the machine does to a backend without callers is not the flood's doing.
const isGood =
  flooded.failedRuns <= control.failedRuns &&
  flooded.skippedRuns <= control.skippedRuns &&
  flooded.lateStarts <= control.lateStarts &&
  flooded.pingP99Ms <= MAX_RATIO * Math.max(idle.pingP99Ms, control.pingP99Ms) &&
  flooded.slowestScrapeMs <= Math.max(MAX_SCRAPE_MS, 2 * control.slowestScrapeMs) &&
  flooded.peakMb <= MAX_MB;
conclude(
  isGood,
  `no more runs fail or start late than without callers, ping's p99 within ${MAX_RATIO} × idle or control, /metrics within ${MAX_SCRAPE_MS} ms, at most ${MAX_MB} MB`,
);
