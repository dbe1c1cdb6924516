import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { recordedNames, type Rule } from '../rules/parsed-rules.js';
import { openMetricsFile } from './open-metrics.js';
import { firings, type Firing } from './firing.js';
import { importOpenMetrics, startPrometheus, type Prometheus, type Series } from './prometheus.js';

export interface EvaluateOptions {
  /** Holds `data`, the TSDB. */
  readonly directory: string;
  /** Unix seconds, whole minutes. */
  readonly start: number;
  readonly end: number;
  readonly progress: (message: string) => void;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Evaluates rules over a stored trace, in a real Prometheus. A rule that reads a recorded series needs
 * it stored first, so that rules are taken level by level: range queries at the group's interval, what
 * they record imported by promtool, the server started anew. `for` is applied to the alerts here.
 */
export async function evaluateRules(
  all: readonly Rule[],
  options: EvaluateOptions,
): Promise<Firing[]> {
  const levels = inLevels(needed(all));
  const fired: Firing[] = [];
  for (const [index, level] of levels.entries()) {
    const server = await startPrometheus(options.directory, '', options.signal);
    try {
      options.progress(`rules, level ${index + 1} of ${levels.length}: ${level.length} rules`);
      fired.push(...(await evaluateLevel(level, index, server, options)));
    } finally {
      await server.stop();
    }
    await store(index, options);
  }
  return fired.sort((a, b) => a.from - b.from);
}

const levelFile = (directory: string, index: number) => join(directory, `level-${index}.om`);

async function evaluateLevel(
  level: readonly Rule[],
  index: number,
  server: Prometheus,
  { directory, start, end }: EvaluateOptions,
): Promise<Firing[]> {
  const file = openMetricsFile(levelFile(directory, index));
  const fired: Firing[] = [];
  for (const rule of level) {
    const first = Math.ceil(start / rule.intervalSeconds) * rule.intervalSeconds;
    const series = await server.queryRange(rule.expr, first, end, rule.intervalSeconds);
    if (rule.alert) fired.push(...firings(rule, series));
    else for (const one of series) await file.write(toOpenMetrics(rule, one));
  }
  await file.close();
  return fired;
}

async function store(index: number, { directory, signal }: EvaluateOptions): Promise<void> {
  const file = levelFile(directory, index);
  await importOpenMetrics(file, directory, signal);
  rmSync(file);
}

function toOpenMetrics(rule: Rule, { labels, samples }: Series): string {
  const pairs = Object.entries({ ...labels, ...rule.labels }).map(
    ([name, value]) => `${name}="${value}"`,
  );
  const key = `${rule.record ?? ''}{${pairs.join(',')}}`;
  return samples.map(([time, value]) => `${key} ${value} ${time}\n`).join('');
}

/** The alerts that say something of a fleet, and what they read. */
export function needed(rules: readonly Rule[]): Rule[] {
  const wanted = new Set<Rule>();
  const add = (rule: Rule) => {
    if (wanted.has(rule)) return;
    wanted.add(rule);
    for (const name of recordedNames(rule.expr)) {
      for (const other of rules) if (other.record === name) add(other);
    }
  };
  for (const rule of rules) if (rule.alert && rule.alert !== 'PglatencyWatchdog') add(rule);
  return [...wanted];
}

/** Rules in an order in which each reads only what an earlier level recorded. @throws for a circle */
function inLevels(rules: readonly Rule[]): Rule[][] {
  const levels: Rule[][] = [];
  const waiting = new Set(rules);
  const recorded = (name: string) => ![...waiting].some((rule) => rule.record === name);
  while (waiting.size > 0) {
    const ready = [...waiting].filter((rule) => [...recordedNames(rule.expr)].every(recorded));
    if (ready.length === 0) {
      throw new Error(
        `rules that read each other: ${[...waiting].map((r) => r.record ?? r.alert).join(', ')}`,
      );
    }
    for (const rule of ready) waiting.delete(rule);
    levels.push(ready);
  }
  return levels;
}
