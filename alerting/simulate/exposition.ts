import { METRICS } from '../../src/metrics/names.js';
import type { OpenMetricsFile } from '../../src/replay/open-metrics.js';
import { effectsAt, type Fault } from './faults.js';
import type { Random } from './random.js';
import type { Run, SimulatedOperation } from './traffic.js';

const SCRAPE_SECONDS = 15;

export interface ScrapeOptions {
  readonly region: string;
  readonly target: string;
  /** Unix seconds of the trace's first second. */
  readonly origin: number;
  readonly seconds: number;
  readonly faults: readonly Fault[];
  /** Names of the series that are stored. */
  readonly names: readonly string[];
  /** What is stored of a run. */
  readonly operations: readonly SimulatedOperation[];
}

/**
 * What a Prometheus that scrapes a region every 15 s stores of those runs: the latest run's gauges,
 * the counters, with one scrape in a thousand missed and a restart every five days (the counters
 * begin again, the gauges are absent until the next run).
 */
export async function scrapeRegion(
  file: OpenMetricsFile,
  runs: readonly Run[],
  random: Random,
  options: ScrapeOptions,
): Promise<void> {
  const process_ = createProcess(options);
  const offset = random.between(0, SCRAPE_SECONDS);
  let next = 0;
  let chunk: string[] = [];
  process_.restart(options.origin);
  for (let at = offset; at < options.seconds; at += SCRAPE_SECONDS) {
    for (let run = runs[next]; run && run.endedAt <= at; run = runs[++next]) {
      process_.observe(run, options.origin);
    }
    const silent = effectsAt(options.faults, options.region, at).some((e) => e.kind === 'silent');
    if (random.next() < SCRAPE_SECONDS / (5 * 86_400)) {
      process_.restart(options.origin + at);
      continue;
    }
    if (silent || random.next() < 0.001) continue;
    chunk.push(process_.scrape((options.origin + at).toFixed(3)));
    if (chunk.length >= 1_000) {
      await file.write(chunk.join(''));
      chunk = [];
    }
  }
  await file.write(chunk.join(''));
}

/** The state of one backend's registry, as far as the rules of alerts read it. */
function createProcess({ region, target, names, operations: stored }: ScrapeOptions) {
  const wanted = new Set(names);
  const isWanted = (key: string) => wanted.has(key.slice(0, key.indexOf('{')));
  const instance = `region="${region}",instance="${region}:8080",job="pglatency"`;
  const probe = `${instance},target="${target}"`;
  let counters = new Map<string, number>();
  let gauges = new Map<string, number>();

  function restart(at: number): void {
    gauges = new Map([
      [`${METRICS.scheduleInterval.name}{${instance}}`, 60],
      [`process_start_time_seconds{${instance}}`, at],
    ]);
    counters = new Map();
    for (const operation of stored) {
      for (const outcome of ['success', 'failure']) counters.set(operations(operation, outcome), 0);
    }
  }

  function operations(operation: string, outcome: string): string {
    return `${METRICS.operations.name}{${probe},operation="${operation}",outcome="${outcome}"}`;
  }

  function latest(operation: string, statistic: string, seconds: number | null): void {
    const key = `${METRICS.lastRunOperation.name}{${probe},operation="${operation}",statistic="${statistic}"}`;
    if (seconds === null) gauges.delete(key);
    else gauges.set(key, Number(seconds.toPrecision(6)));
  }

  function observe(run: Run, origin: number): void {
    for (const operation of stored) {
      const { median, max, successes, failures } = run.operations[operation];
      latest(operation, 'median', median);
      if (operation === 'select') latest(operation, 'max', max);
      add(operations(operation, 'success'), successes);
      add(operations(operation, 'failure'), failures);
    }
    gauges.set(`${METRICS.lastRunTimestamp.name}{${probe}}`, origin + run.endedAt);
  }

  function add(key: string, count: number): void {
    counters.set(key, (counters.get(key) ?? 0) + count);
  }

  function scrape(timestamp: string): string {
    let lines = '';
    for (const series of [gauges, counters]) {
      for (const [key, value] of series)
        if (isWanted(key)) lines += `${key} ${value} ${timestamp}\n`;
    }
    return lines;
  }

  return { restart, observe, scrape };
}
