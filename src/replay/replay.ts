import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from '../lab/at-exit.js';
import { ruleFilesOf } from '../rules/files.js';
import type { RulesFleet } from '../rules/fleet.js';
import { evaluateRules, needed } from './evaluate.js';
import type { Firing } from './firing.js';
import { copyHistory, exportedNames, type History } from './history.js';
import { openMetricsFile } from './open-metrics.js';
import { parseRules, type Rule } from '../rules/parsed-rules.js';
import { importOpenMetrics } from './prometheus.js';
import { rulesOfCandidates, thresholdsOf, type Threshold } from './thresholds.js';

export interface ReplayOptions {
  readonly prometheus: URL;
  /** Of one fleet: its name is not null. */
  readonly fleet: RulesFleet & { readonly fleet: string };
  /** Unix seconds, whole. */
  readonly from: number;
  readonly to: number;
  /** Whether other limits are tried. */
  readonly thresholds: boolean;
  readonly progress: (message: string) => void;
  /** Ends it, and leaves nothing behind. */
  readonly signal: AbortSignal;
}

export interface Replay {
  readonly history: History;
  /** What would have fired between `from` and `to`, the earliest first. */
  readonly fired: readonly Firing[];
  readonly thresholds: readonly Threshold[];
}

/** What is normal is learned from a week, an hour behind. */
export const LEARNS_SECONDS = 7 * 86_400 + 2 * 3_600;

/**
 * Evaluates a fleet's rules over the history that a Prometheus has, in a Prometheus of its own.
 *
 * @returns null where there is no history
 */
export async function replay(options: ReplayOptions): Promise<Replay | null> {
  const directory = mkdtempSync(join(tmpdir(), 'pglatency-replay-'));
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  const forgetExit = atExit(remove);
  try {
    return await replayIn(directory, options);
  } finally {
    remove();
    forgetExit();
  }
}

async function replayIn(directory: string, options: ReplayOptions): Promise<Replay | null> {
  const { from, to, progress, signal } = options;
  const rules = rulesOf(options.fleet);
  const history = await store(directory, rules, options);
  if (history === null) return null;
  const evaluation = { directory, start: Math.floor(history.first), end: to, progress, signal };
  const within = (fired: readonly Firing[]) =>
    fired
      .filter((firing) => firing.to >= from && firing.from <= to)
      .map((firing) => ({ ...firing, to: Math.min(firing.to, to) }));
  const fired = within(await evaluateRules(rules, evaluation));
  if (!options.thresholds) return { history, fired, thresholds: [] };
  progress('the same with other limits');
  const tried = within(await evaluateRules(rulesOfCandidates(rules), evaluation));
  return { history, fired, thresholds: thresholdsOf(rules, tried) };
}

/** A fleet's rules, as its files say them. */
export const rulesOf = (fleet: RulesFleet): Rule[] =>
  [...ruleFilesOf(fleet)].flatMap(([file, text]) => parseRules(file, text));

async function store(
  directory: string,
  rules: readonly Rule[],
  { prometheus, fleet, from, to, progress, signal }: ReplayOptions,
): Promise<History | null> {
  const path = join(directory, 'history.om');
  const file = openMetricsFile(path);
  const names = exportedNames(needed(rules));
  const wanted = { fleet: fleet.fleet, names, from: from - LEARNS_SECONDS, to };
  const history = await copyHistory(prometheus, wanted, file, progress, signal).finally(() =>
    file.close(),
  );
  if (history === null) return null;
  progress(`promtool stores ${history.samples} samples`);
  await importOpenMetrics(path, directory, signal);
  rmSync(path);
  return history;
}
