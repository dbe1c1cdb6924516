import { METRICS } from '../../src/metrics/names.js';
import type { OpenMetricsFile } from '../../src/replay/open-metrics.js';
import { effectsAt, type Fault } from './faults.js';
import type { Random } from './random.js';
import type { Run, SimulatedOperation, Traffic } from './traffic.js';

export interface ScrapeOptions {
  /** Default: the label is absent. */
  readonly fleet?: string | undefined;
  readonly region: string;
  /** Between two scrapes. */
  readonly scrapeSeconds: number;
  /** Between two runs. */
  readonly runSeconds: number;
  /** Unix seconds of the trace's first second. */
  readonly origin: number;
  readonly seconds: number;
  /** When the backend starts, beside the first time. */
  readonly deploys: readonly number[];
  readonly faults: readonly Fault[];
  /** Names of the series that are stored. */
  readonly names: readonly string[];
  /** What is stored of a run. */
  readonly operations: readonly SimulatedOperation[];
}

export interface TargetTraffic extends Traffic {
  readonly target: string;
  readonly mode: 'read-write' | 'read-only';
}

/**
 * What a Prometheus stores that scrapes a region: the latest run's gauges, the counters, with one scrape in a
 * thousand missed and a restart every five days (the counters begin again, the gauges are absent until the next run).
 */
export async function scrapeRegion(
  file: OpenMetricsFile,
  targets: readonly TargetTraffic[],
  random: Random,
  options: ScrapeOptions,
): Promise<void> {
  const { scrapeSeconds } = options;
  const process_ = createProcess(targets, options);
  const offset = random.between(0, scrapeSeconds);
  const planned = queue(targets[0]?.planned ?? [], (at) => at);
  const runs = targets.map((one) => ({ ...one, left: queue(one.runs, ({ endedAt }) => endedAt) }));
  const deploys = queue(options.deploys, (at) => at);
  let chunk: string[] = [];
  process_.restart(0);
  for (let at = offset; at < options.seconds; at += scrapeSeconds) {
    for (const deployedAt of deploys.until(at)) process_.restart(deployedAt);
    for (const plannedAt of planned.until(at)) process_.begin(plannedAt);
    process_.plan(planned.next());
    for (const one of runs) {
      for (const run of one.left.until(at)) process_.observe(one, run);
    }
    const silent = effectsAt(options.faults, options, at).some((e) => e.kind === 'silent');
    if (random.next() < scrapeSeconds / (5 * 86_400)) {
      process_.restart(at);
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

/** Takes what is in the order of its time. */
function queue<T>(all: readonly T[], timeOf: (one: T) => number) {
  let next = 0;
  const time = () => (next < all.length ? timeOf(all[next] as T) : null);
  return {
    /** The time of the first that is left; null: none is. */
    next: time,
    *until(at: number): Generator<T> {
      while ((time() ?? Infinity) <= at) yield all[next++] as T;
    },
  };
}

const USUALLY_BEHIND_SECONDS = 0.2;
/** A row that does not arrive within this is given up. */
const WAITED_SECONDS = 10;

/** The state of one backend's registry, as far as the rules of alerts read it. Times are since the trace's start. */
function createProcess(targets: readonly TargetTraffic[], options: ScrapeOptions) {
  const { fleet, region, origin, names, operations: stored } = options;
  const wanted = new Set(names);
  const isWanted = (key: string) => wanted.has(key.slice(0, key.indexOf('{')));
  const ofFleet = fleet === undefined ? '' : `fleet="${fleet}",`;
  const instance = `${ofFleet}region="${region}",instance="${region}:8080",job="pglatency"`;
  let counters = new Map<string, number>();
  let gauges = new Map<string, number>();
  let startedAt = 0;
  const operationsOf = (mode: TargetTraffic['mode']) =>
    stored.filter((operation) => mode === 'read-write' || operation !== 'insert');

  function restart(at: number): void {
    startedAt = at;
    gauges = new Map([
      [`${METRICS.scheduleInterval.name}{${instance}}`, options.runSeconds],
      [`process_start_time_seconds{${instance}}`, origin + at],
    ]);
    counters = new Map();
    for (const { target, mode } of targets) {
      for (const outcome of ['success', 'failure']) {
        counters.set(runs(target, outcome), 0);
        for (const operation of operationsOf(mode)) {
          counters.set(operations(target, operation, outcome), 0);
        }
      }
    }
  }

  function operations(target: string, operation: string, outcome: string): string {
    return `${METRICS.operations.name}{${instance},target="${target}",operation="${operation}",outcome="${outcome}"}`;
  }

  function runs(target: string, outcome: string): string {
    return `${METRICS.runs.name}{${instance},target="${target}",trigger="schedule",outcome="${outcome}"}`;
  }

  function latest(target: string, operation: string, statistic: string, seconds: number | null) {
    const key = `${METRICS.lastRunOperation.name}{${instance},target="${target}",operation="${operation}",statistic="${statistic}"}`;
    if (seconds === null) gauges.delete(key);
    else gauges.set(key, Number(seconds.toPrecision(6)));
  }

  function observe({ target, mode }: TargetTraffic, run: Run): void {
    // What a backend was at when it ended is lost.
    if (run.startedAt < startedAt) return;
    let failed = 0;
    for (const operation of operationsOf(mode)) {
      const { median, max, successes, failures } = run.operations[operation];
      failed += failures;
      latest(target, operation, 'median', median);
      if (operation === 'select') latest(target, operation, 'max', max);
      add(operations(target, operation, 'success'), successes);
      add(operations(target, operation, 'failure'), failures);
    }
    add(runs(target, failed === 0 ? 'success' : 'failure'), 1);
    const labels = `{${instance},target="${target}"}`;
    gauges.set(`${METRICS.lastRunTimestamp.name}${labels}`, origin + run.endedAt);
    if (mode === 'read-only') observeReplica(labels, USUALLY_BEHIND_SECONDS + run.behindSeconds);
  }

  function observeReplica(labels: string, behindSeconds: number): void {
    gauges.set(`${METRICS.replicationLag.name}${labels}`, behindSeconds);
    const arrived = behindSeconds <= WAITED_SECONDS;
    const delay = `${METRICS.lastRunVisibilityDelay.name}${labels}`;
    if (arrived) gauges.set(delay, behindSeconds);
    else gauges.delete(delay);
    add(`${METRICS.visibilityFailures.name}${labels}`, arrived ? 0 : 1);
  }

  function add(key: string, count: number): void {
    counters.set(key, (counters.get(key) ?? 0) + count);
  }

  function begin(plannedAt: number): void {
    if (plannedAt < startedAt) return;
    gauges.set(`${METRICS.scheduleLastPlanned.name}{${instance}}`, origin + plannedAt);
  }

  /** @param next null: none is planned */
  function plan(next: number | null): void {
    const key = `${METRICS.scheduleNextRun.name}{${instance}}`;
    if (next === null) gauges.delete(key);
    else gauges.set(key, origin + next);
  }

  function scrape(timestamp: string): string {
    let lines = '';
    for (const series of [gauges, counters]) {
      for (const [key, value] of series)
        if (isWanted(key)) lines += `${key} ${value} ${timestamp}\n`;
    }
    return lines;
  }

  return { restart, begin, plan, observe, scrape };
}
