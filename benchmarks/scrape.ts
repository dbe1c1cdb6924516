import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { summarise } from '../src/probe/results/statistics.js';
import { until } from '../test/helpers/until.js';
import { conclude, progress, readOptions, withBackend } from './harness.js';

/** What a scrape may cost on the thread that serves. */
const MAX_MS = 3;
/** Until the compiled code runs, as after the first hours of a scrape each 15 s. */
const WARM_UP = 700;
/** As often as it is rendered anew. */
const WARM_UP_EVERY_MS = 110;
/** Within these what a run leaves to be done is done, and the next one has not begun. */
const AFTER_RUN_MS = 200;

const { scrapes, json } = readOptions(
  'bench:scrape',
  'Processor time of a scrape on the thread that serves HTTP, each after one run, plain and with gzip in turn.',
  { scrapes: { default: 60, help: 'how many scrapes of each kind' } },
);

/** Milliseconds that the process's first thread has run; the kernel's own, in nanoseconds. */
async function servedMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8');
  return Number(text.split(' ')[0]) / 1_000_000;
}

function scrapeOnce(url: string, agent: Agent, encoding: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': encoding };
    get(`${url}/metrics`, { agent, headers }, (response) => {
      const got = response.headers['content-encoding'] ?? 'identity';
      if (response.statusCode !== 200 || got !== encoding) {
        reject(new Error(`/metrics is ${response.statusCode}, ${got}`));
      }
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
      response.on('end', () => resolve(bytes));
      response.on('error', reject);
    }).on('error', reject);
  });
}

const KINDS = ['identity', 'gzip', 'nothing'] as const;
const costs = { identity: [] as number[], gzip: [] as number[], nothing: [] as number[] };
const bytes = { identity: 0, gzip: 0, nothing: 0 };

await withBackend({ SCHEDULE: '* * * * * *' }, async ({ url, backend }) => {
  const agent = new Agent({ keepAlive: true });
  const pid = backend.child.pid ?? 0;
  const runs = () => backend.stdout().split('"msg":"run"').length;
  for (let i = 0; i < WARM_UP; i++) {
    await scrapeOnce(url, agent, i % 2 === 0 ? 'gzip' : 'identity');
    await sleep(WARM_UP_EVERY_MS);
  }
  for (let i = 0; i < scrapes * KINDS.length; i++) {
    const kind = KINDS[i % KINDS.length] ?? 'identity';
    const before = runs();
    await until(() => runs() > before, { withinMs: 60_000, what: 'a run ends' });
    await sleep(AFTER_RUN_MS);
    const start = await servedMs(pid);
    // The same time without a scrape says what the thread does besides.
    if (kind === 'nothing') await sleep(10);
    else bytes[kind] = await scrapeOnce(url, agent, kind);
    await sleep(5);
    costs[kind].push((await servedMs(pid)) - start);
    if (i % 30 === 0) progress(`${i} of ${scrapes * KINDS.length} scrapes`);
  }
  agent.destroy();
});

const rows = KINDS.map((kind) => ({ kind, bytes: bytes[kind], ...summarise(costs[kind]) }));
if (json) console.log(JSON.stringify(rows));
else {
  const ms = (value: number | null) => Number(value).toFixed(2).padStart(8);
  console.log(
    `${'scrape'.padEnd(10)}${'bytes'.padStart(8)}${'p50 ms'.padStart(8)}  p95 ms     max`,
  );
  for (const row of rows) {
    console.log(
      `${row.kind.padEnd(10)}${String(row.bytes).padStart(8)}${ms(row.p50)}${ms(row.p95)}${ms(row.max)}`,
    );
  }
}
conclude(
  rows.every(({ p50 }) => Number(p50) < MAX_MS),
  `a scrape takes under ${MAX_MS} ms of processor time, plain and compressed`,
);
