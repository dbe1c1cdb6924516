import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONNECT_BUCKETS, METRICS, OPERATION_BUCKETS } from '../src/metrics/names.js';
import { BUILT_IN_OPERATIONS } from '../src/config/target.js';
import { RULES_DIR, ruleFiles } from './rules.js';
import { openMetricsFile, type OpenMetricsFile } from '../src/replay/open-metrics.js';
import { importOpenMetrics, startPrometheus } from '../src/replay/prometheus.js';

/**
 * `npm run alerts:cost -- 100`: how long one Prometheus takes to evaluate each group for so many
 * regions, with a full week of history. A live Prometheus on the clock, its own figures. Exits 1 when a
 * group takes longer than it may.
 */
const MAX_SECONDS = 1;
const regions = Array.from({ length: Number(process.argv[2] ?? 100) }, (_, i) => `r${i}`);
const directory = mkdtempSync(join(tmpdir(), 'pglatency-cost-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const now = Math.floor(Date.now() / 1_000);
const path = join(directory, 'week.om');
const file = openMetricsFile(path);
for (const region of regions) {
  await writeScrapes(file, region);
  await writeRecorded(file, region);
}
await file.close();
await importOpenMetrics(path, directory);
copyRules();

const server = await startPrometheus(directory, 'rule_files: [rules/*.yml]\n');
try {
  const groups = await evaluated(server.url);
  console.log(`${regions.length} regions`);
  for (const { name, evaluationTime } of groups) {
    console.log(`${name.padEnd(28)} ${(evaluationTime * 1_000).toFixed(0).padStart(6)} ms`);
  }
  const slow = groups.filter(({ evaluationTime }) => evaluationTime >= MAX_SECONDS);
  for (const { name } of slow) console.error(`MISSED ${name}: less than ${MAX_SECONDS} s`);
  process.exitCode = slow.length > 0 ? 1 : 0;
} finally {
  await server.stop();
}

/** The last 35 minutes of what a backend exports; of the histograms, six. */
async function writeScrapes(to: OpenMetricsFile, region: string): Promise<void> {
  const own = `region="${region}",instance="${region}:8080",job="pglatency"`;
  for (const operation of BUILT_IN_OPERATIONS) {
    const series = `${own},target="primary",operation="${operation}"`;
    for (const statistic of ['median', 'max']) {
      await line(
        to,
        `${METRICS.lastRunOperation.name}{${series},statistic="${statistic}"}`,
        2_100,
        15,
        noisy,
      );
    }
    for (const outcome of ['success', 'failure']) {
      await line(
        to,
        `${METRICS.operations.name}{${series},outcome="${outcome}"}`,
        2_100,
        15,
        (i) => i,
      );
    }
    const buckets = operation === 'connect' ? CONNECT_BUCKETS : OPERATION_BUCKETS;
    for (const le of [...buckets, '+Inf']) {
      await line(
        to,
        `${METRICS.operationDuration.name}_bucket{${series},le="${le}"}`,
        360,
        15,
        (i) => i,
      );
    }
  }
  await line(to, `${METRICS.scheduleInterval.name}{${own}}`, 2_100, 15, () => 60);
  await line(to, `${METRICS.lastRunTimestamp.name}{${own},target="primary"}`, 2_100, 15, () => now);
  await line(to, `process_start_time_seconds{${own}}`, 2_100, 15, () => now - 86_400);
}

/** What the rules recorded before, over the longest range that a rule reads. */
async function writeRecorded(to: OpenMetricsFile, region: string): Promise<void> {
  const prefix = 'region_operation:pglatency_';
  for (const operation of BUILT_IN_OPERATIONS) {
    const labels = `{target="primary",region="${region}",operation="${operation}"}`;
    await line(to, `${prefix}operation_seconds:history${labels}`, 8 * 86_400, 300, noisy);
    await line(
      to,
      `${prefix}operation_seconds:hour_of_day_ratio${labels}`,
      4 * 86_400,
      300,
      () => 1,
    );
    await line(to, `${prefix}operation_seconds:learned_baseline${labels}`, 900, 300, () => 0.1);
    await line(to, `${prefix}operation_seconds:season${labels}`, 900, 300, () => 1);
  }
  const select = `{target="primary",region="${region}",operation="select"}`;
  await line(to, `${prefix}shift_sustained:bool${select}`, 6 * 3_600, 60, () => 0);
  await line(to, `${prefix}tail_run:bool${select}`, 3_600, 60, () => 0);
}

async function line(
  to: OpenMetricsFile,
  series: string,
  seconds: number,
  step: number,
  value: (index: number) => number,
): Promise<void> {
  const count = Math.floor(seconds / step);
  const lines = Array.from(
    { length: count },
    (_, i) => `${series} ${value(i)} ${now - (count - i) * step}\n`,
  );
  await to.write(lines.join(''));
}

function noisy(index: number): number {
  return Number((0.1 + 0.01 * Math.sin(index)).toFixed(6));
}

/** The rule files; those that are evaluated rarely, sooner, so that the first is not waited for. */
function copyRules(): void {
  cpSync(RULES_DIR, join(directory, 'rules'), { recursive: true });
  for (const name of ruleFiles()) {
    const text = readFileSync(join(RULES_DIR, name), 'utf8');
    writeFileSync(join(directory, 'rules', name), text.replace(/interval: \dm/, 'interval: 40s'));
  }
}

interface Group {
  readonly name: string;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

/** Every group, once each of them was evaluated. @throws after two minutes */
async function evaluated(url: string): Promise<Group[]> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const answer = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
      data: { groups: Group[] };
    };
    const { groups } = answer.data;
    if (
      groups.length > 0 &&
      groups.every(({ lastEvaluation }) => !lastEvaluation.startsWith('0001'))
    )
      return groups;
    await sleep(500);
  }
  throw new Error('not every group was evaluated within two minutes');
}
