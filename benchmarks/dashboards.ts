import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importOpenMetrics, startPrometheus, type Prometheus } from '../src/replay/prometheus.js';
import { allDashboards } from '../src/dashboards/dashboards.js';
import { createPrometheusClient } from '../test/helpers/prometheus-client.js';
import { fillIn, queriesOf } from '../test/helpers/walk.js';
import { valuesOf } from '../test/dashboards/drawn/variables.js';
import { writeLong } from './dashboards/long-series.js';
import { conclude, progress, readOptions } from './harness.js';

/** Milliseconds that a query may take over a day, and over thirty. */
const LIMIT_MS = { day: 300, month: 1_000 } as const;
/** As many points as a panel of a wide screen asks for. */
const POINTS = 800;
const ATTEMPTS = 3;

const { days, regions, json } = readOptions(
  'bench:dashboards',
  'how long every query of the dashboards takes in a real Prometheus, over a day at the density of real scrapes and rules, over more days coarser.',
  {
    days: { default: 1, help: 'of history, and of the range that is asked for: 1 or 30' },
    regions: { default: 40, help: 'how many regions measure' },
  },
);
const limit = days > 1 ? LIMIT_MS.month : LIMIT_MS.day;

interface Timed {
  readonly where: string;
  readonly ms: number;
  readonly series: number;
}

const folder = mkdtempSync(join(tmpdir(), 'pglatency-bench-dashboards-'));
const timed: Timed[] = [];
try {
  const file = join(folder, 'series.om');
  const { now, region } = await writeLong(file, { days, regions });
  progress('written');
  await importOpenMetrics(file, folder);
  rmSync(file);
  progress('imported');
  const server = await startPrometheus(folder);
  try {
    timed.push(...(await walk(server, now, region)));
  } finally {
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function walk(server: Prometheus, now: number, region: string): Promise<Timed[]> {
  const client = createPrometheusClient(server.url);
  const step = Math.max(15, Math.ceil((days * 86_400) / POINTS));
  const found: Timed[] = [];
  for (const [name, dashboard] of allDashboards()) {
    const chosen = {
      fleet: 'long',
      target: 'primary',
      region: name === 'region.json' ? region : '.+',
    };
    const values = valuesOf(dashboard, {
      ...chosen,
      __rate_interval: `${Math.max(60, step + 15)}s`,
    });
    const texts = Object.fromEntries(
      Object.entries(values).map(([key, { value }]) => [key, value]),
    );
    for (const query of queriesOf(dashboard)) {
      const expr = fillIn(query.expr, texts);
      let best: Timed | undefined;
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const before = processorMs(server.pid);
        const answer =
          query.kind === 'instant'
            ? await client.instant(expr, now)
            : await client.range(expr, now - days * 86_400, now, step);
        if (answer.error !== null) throw new Error(`${answer.error} in ${expr}`);
        // Both count other work: the clock that of the machine, the processor that of Prometheus itself.
        const ms = Math.min(answer.evaluationMs, processorMs(server.pid) - before);
        if (best === undefined || ms < best.ms) {
          const where = `${query.dashboard.replace('pglatency / ', '')}: ${query.panel}, ${query.query}`;
          best = { where, ms, series: answer.series };
        }
      }
      if (best !== undefined) found.push(best);
    }
  }
  return found.sort((a, b) => b.ms - a.ms);
}

/** Of a process, in its ticks of ten milliseconds. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const slowest = timed.slice(0, 15);
const empty = timed.flatMap(({ where, series }) => (series === 0 ? [where] : [])).sort();
if (json) console.log(JSON.stringify({ days, regions, queries: timed.length, empty, slowest }));
else {
  if (empty.length > 0) console.log('These queries find nothing, so their time says nothing:');
  for (const where of empty) console.log(`  ${where}`);
  console.log(`${timed.length} queries, of which ${empty.length} find nothing; the slowest:`);
  for (const { where, ms, series } of slowest) {
    console.log(`${ms.toFixed(0).padStart(6)} ms  ${where} (${series} series)`);
  }
}
conclude(
  timed.every(({ ms }) => ms <= limit),
  `every query over ${days} d of ${regions} regions within ${limit} ms`,
);
