import { setTimeout as sleep } from 'node:timers/promises';
import { parseExposition, type Series } from '../../test/helpers/exposition.js';
import { histogramQuantile } from '../../test/helpers/histogram-quantile.js';
import { residentMb } from '../harness.js';

/** What one backend did in a phase. */
export interface Figures {
  readonly runs: number;
  readonly failedRuns: number;
  readonly skippedRuns: number;
  /** Starts later than 50 ms. */
  readonly lateStarts: number;
  readonly pingP99Ms: number;
  /** Of /metrics, asked each half second; Infinity: it did not come within ten seconds, or was refused. */
  readonly slowestScrapeMs: number;
  readonly peakMb: number;
  readonly descriptors: number;
}

const ASK_EVERY_MS = 500;
const GIVE_UP_MS = 10_000;
const ON_TIME_S = '0.05';

/** Watches a backend for so long, from outside. */
export async function watch(
  { url, pid }: { url: string; pid: number },
  durationMs: number,
): Promise<Figures> {
  const before = await scrape(url);
  let slowestScrapeMs = 0;
  let peakMb = 0;
  let descriptors = 0;
  const until = performance.now() + durationMs;
  while (performance.now() < until) {
    const startedAt = performance.now();
    try {
      const now = await scrape(url);
      descriptors = Math.max(descriptors, sumOf(now, 'process_open_fds'));
      slowestScrapeMs = Math.max(slowestScrapeMs, performance.now() - startedAt);
    } catch {
      slowestScrapeMs = Infinity;
    }
    peakMb = Math.max(peakMb, await residentMb(pid));
    await sleep(Math.max(0, startedAt + ASK_EVERY_MS - performance.now()));
  }
  const after = await scrapePatiently(url);
  const rise = (name: string, labels?: Record<string, string>) =>
    sumOf(after, name, labels) - sumOf(before, name, labels);
  const scheduled = (outcome: string) =>
    rise('pglatency_runs_total', { trigger: 'schedule', outcome });
  const delay = 'pglatency_schedule_delay_seconds';
  return {
    runs: scheduled('success'),
    failedRuns: scheduled('failure') + scheduled('partial') + scheduled('aborted'),
    skippedRuns: rise('pglatency_schedule_skipped_total'),
    lateStarts: rise(`${delay}_count`) - rise(`${delay}_bucket`, { le: ON_TIME_S }),
    pingP99Ms: histogramQuantile(0.99, pingsBetween(before, after)) * 1_000,
    ...{ slowestScrapeMs, peakMb, descriptors },
  };
}

async function scrape(url: string): Promise<Series[]> {
  const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(GIVE_UP_MS) });
  if (!answer.ok) throw new Error(`/metrics is ${answer.status}`);
  return parseExposition(await answer.text());
}

async function scrapePatiently(url: string): Promise<Series[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await scrape(url);
    } catch (error) {
      if (attempt === 10) throw error;
      await sleep(1_000);
    }
  }
}

function pingsBetween(before: readonly Series[], after: readonly Series[]): Series[] {
  const name = 'pglatency_operation_duration_seconds_bucket';
  const counts = new Map<string, number>();
  for (const [sign, series] of [
    [-1, before],
    [1, after],
  ] as const)
    for (const { name: each, labels, value } of series)
      if (each === name && labels['operation'] === 'ping') {
        const le = labels['le'] ?? '';
        counts.set(le, (counts.get(le) ?? 0) + sign * value);
      }
  return [...counts].map(([le, value]) => ({ name, labels: { le }, value }));
}

/** The sum of the series with this name and these labels; 0 where there is none. */
function sumOf(series: readonly Series[], name: string, labels: Record<string, string> = {}) {
  let sum = 0;
  for (const it of series)
    if (
      it.name === name &&
      Object.entries(labels).every(([label, value]) => it.labels[label] === value)
    )
      sum += it.value;
  return sum;
}
