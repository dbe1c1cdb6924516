import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { summarise } from '../src/probe/results/statistics.js';
import { spawnCli } from '../test/helpers/cli.js';
import { conclude, readOptions, withBackend } from './harness.js';

const MAX_START_MS = 1_000;
const MAX_SCRAPE_P99_MS = 10;
const MAX_SCRAPE_BYTES = 100_000;
/** Until both ends run compiled code, as after the first minutes of a scrape every 15 s. */
const WARM_UP_SCRAPES = 20;
/** More than ten a second would get the same answer again. */
const SCRAPE_INTERVAL_MS = 125;

const { starts, scrapes, json } = readOptions(
  'bench:serving',
  'Time from `node dist/cli.js serve` to the first 200 of /healthz, and the cost of /metrics.',
  {
    starts: { default: 10, help: 'how many times to start' },
    scrapes: { default: 200, help: 'how many times to scrape, eight times a second' },
  },
);

/** Milliseconds from spawn to the first 200; the port is known only when the log says it. */
async function measureStart(): Promise<number> {
  const startedAt = performance.now();
  const backend = spawnCli(['serve'], { LISTEN_HOST: '127.0.0.1', PORT: '0' });
  try {
    const { ok } = await fetch(`${await backend.listening()}/healthz`);
    if (!ok) throw new Error('/healthz is not 200');
    return performance.now() - startedAt;
  } finally {
    backend.kill('SIGTERM');
    await backend.ended;
  }
}

const startsMs: number[] = [];
for (let i = 0; i < starts; i++) startsMs.push(await measureStart());

let bytes = 0;
let firstMs = NaN;
const scrapesMs: number[] = [];
await withBackend({ SCHEDULE: '* * * * * *' }, async ({ url }) => {
  const agent = new Agent({ keepAlive: true });
  const scrapeOnce = async () => {
    await new Promise((resolve) => setTimeout(resolve, SCRAPE_INTERVAL_MS));
    const startedAt = performance.now();
    bytes = await countBytes(`${url}/metrics`, agent);
    return performance.now() - startedAt;
  };
  firstMs = await scrapeOnce();
  for (let i = 0; i < WARM_UP_SCRAPES; i++) await scrapeOnce();
  for (let i = 0; i < scrapes; i++) scrapesMs.push(await scrapeOnce());
  agent.destroy();
});

/** Of the body. Not by fetch, which costs as much again as what is measured. */
function countBytes(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} is ${response.statusCode}`));
      let count = 0;
      response.on('data', (chunk: Buffer) => (count += chunk.byteLength));
      response.on('end', () => resolve(count));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

const [start, scrape] = [summarise(startsMs), summarise(scrapesMs)];
const ms = (value: number | null) => Number(value).toFixed(1);
if (json) console.log(JSON.stringify({ start, scrape, first_scrape_ms: firstMs, bytes }));
else {
  console.log(`start to /healthz: p50 ${ms(start.p50)} ms, max ${ms(start.max)} ms`);
  console.log(
    `/metrics: ${bytes} bytes, the first ${ms(firstMs)} ms, then p50 ${ms(scrape.p50)} ms, p99 ${ms(scrape.p99)} ms`,
  );
}
conclude(
  Number(start.max) < MAX_START_MS &&
    Number(scrape.p99) < MAX_SCRAPE_P99_MS &&
    bytes < MAX_SCRAPE_BYTES,
  `start under ${MAX_START_MS} ms, /metrics under ${MAX_SCRAPE_BYTES} bytes, its p99 under ${MAX_SCRAPE_P99_MS} ms`,
);
