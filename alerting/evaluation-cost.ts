import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeRegion } from './cost-history.js';
import { recentScrapes, type Samples } from './recent-scrapes.js';
import { RULES_DIR, ruleFiles } from './rules.js';
import { openMetricsFile } from '../src/replay/open-metrics.js';
import { importOpenMetrics, startPrometheus } from '../src/replay/prometheus.js';

/**
 * `npm run alerts:cost -- 100`: how long one Prometheus takes to evaluate each group for so many
 * regions, with a full week of history. A live Prometheus on the clock, its own figures, the least of four. Exits 1
 * when all groups together take longer than they may. A second number is how many seconds the history may take to
 * be written: its end has to be now when the server starts.
 */
const [count = 100, leadSeconds = 60 + 1.7 * count] = process.argv.slice(2).map(Number);
const MAX_SECONDS = count <= 100 ? 1 : 3;
/** How late the first evaluation may come: the shortest window is three minutes. */
const MAX_LATE_SECONDS = 20;
const EVALUATIONS = 4;
/** More than the longest range of what is scraped. */
const RECENT_SECONDS = 80 * 60;
const SHOWN_RULES = 25;
/** The files of the dashboards alone. */
const NO_ALERT = ['pglatency-objective', 'pglatency-states'];
const directory = mkdtempSync(join(tmpdir(), 'pglatency-cost-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const now = Math.floor(Date.now() / 1_000 + leadSeconds);
const path = join(directory, 'week.om');
const file = openMetricsFile(path);
// A Prometheus has its latest hours in memory, and the rest in blocks on the disk.
const from = now - RECENT_SECONDS;
const recent = recentScrapes(directory, { from, partSeconds: Math.ceil(30_000 / count) });
for (let region = 0; region < count; region++) await writeRegion(write, `r${region}`, now);
await file.close();
await importOpenMetrics(path, directory);
rmSync(path);
copyRules();
const { scrapeConfig, scraped } = await recent.serve();
const server = await startPrometheus(directory, scrapeConfig);
await scraped;
const early = now - Date.now() / 1_000;
console.error(`the history was there with ${early.toFixed(0)} s to spare`);
if (early < -MAX_LATE_SECONDS)
  throw new Error('the history is too old: give a larger second number');
await sleep(Math.max(0, early * 1_000));

try {
  writeFileSync(join(directory, 'serve.yml'), 'rule_files: [rules/*.yml]\n');
  process.kill(server.pid, 'SIGHUP');
  const least = await evaluated(server.url);
  console.log(`${count} regions`);
  for (const [name, seconds] of least) {
    console.log(`${name.padEnd(28)} ${(seconds * 1_000).toFixed(0).padStart(6)} ms`);
  }
  const sum = (names: readonly string[]) =>
    names.reduce((total, name) => total + (least.get(name) ?? 0), 0);
  const all = [...least.keys()];
  const alerts = sum(all.filter((name) => !NO_ALERT.includes(name)));
  console.log(`${'all'.padEnd(28)} ${(sum(all) * 1_000).toFixed(0).padStart(6)} ms`);
  console.log(`${'what alerts need'.padEnd(28)} ${(alerts * 1_000).toFixed(0).padStart(6)} ms`);
  console.log(`\nthe slowest rules, in their latest evaluation`);
  for (const { name, evaluationTime } of await slowestRules(server.url)) {
    console.log(`${name.padEnd(80)} ${(evaluationTime * 1_000).toFixed(0).padStart(6)} ms`);
  }
  if (sum(all) >= MAX_SECONDS) console.error(`MISSED: all groups in less than ${MAX_SECONDS} s`);
  process.exitCode = sum(all) >= MAX_SECONDS ? 1 : 0;
} finally {
  await server.stop();
}

async function write(series: string, samples: Samples): Promise<void> {
  const old = samples.filter(([, time]) => time < from);
  await file.write(old.map(([value, time]) => `${series} ${value} ${time}\n`).join(''));
  await recent.write(series, samples.slice(old.length));
}

/** The rule files; those that are evaluated rarely, sooner, so that the first is not waited for. */
function copyRules(): void {
  cpSync(RULES_DIR, join(directory, 'rules'), { recursive: true });
  for (const name of ruleFiles()) {
    const text = readFileSync(join(RULES_DIR, name), 'utf8');
    writeFileSync(
      join(directory, 'rules', name),
      text.replace(/interval: \d+[ms]/, 'interval: 15s'),
    );
  }
}

interface Evaluated {
  readonly name: string;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

interface Group extends Evaluated {
  readonly rules: readonly Evaluated[];
}

async function groupsOf(url: string): Promise<readonly Group[]> {
  const answer = await fetch(`${url}/api/v1/rules`);
  return ((await answer.json()) as { data: { groups: Group[] } }).data.groups;
}

async function slowestRules(url: string): Promise<readonly Evaluated[]> {
  const rules = (await groupsOf(url)).flatMap((group) => group.rules);
  return rules.sort((a, b) => b.evaluationTime - a.evaluationTime).slice(0, SHOWN_RULES);
}

/** Seconds of each group, the least of some evaluations. @throws after four minutes */
async function evaluated(url: string): Promise<Map<string, number>> {
  const seen = new Map<string, Map<string, number>>();
  const deadline = Date.now() + 240_000;
  while (Date.now() < deadline) {
    for (const { name, evaluationTime, lastEvaluation } of await groupsOf(url)) {
      const times = seen.get(name) ?? new Map<string, number>();
      if (!lastEvaluation.startsWith('0001')) times.set(lastEvaluation, evaluationTime);
      seen.set(name, times);
    }
    const counts = [...seen.values()].map(({ size }) => size);
    if (counts.length > 0 && Math.min(...counts) >= EVALUATIONS) {
      return new Map([...seen].map(([name, times]) => [name, Math.min(...times.values())]));
    }
    await sleep(500);
  }
  throw new Error('not every group was evaluated so often within four minutes');
}
