import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_RULES_FLEET } from '../../src/rules/default-fleet.js';
import type { Rule } from '../rules.js';
import { evaluateRules, needed } from '../../src/replay/evaluate.js';
import { exportedNames } from '../../src/replay/history.js';
import { openMetricsFile } from '../../src/replay/open-metrics.js';
import { scrapeRegion } from './exposition.js';
import type { Fault } from './faults.js';
import type { Firing } from '../../src/replay/firing.js';
import { importOpenMetrics } from '../../src/replay/prometheus.js';
import { createRandom } from './random.js';
import {
  SIMULATED_OPERATIONS,
  simulateRegion,
  type RegionModel,
  type TargetModel,
  type SimulatedOperation,
} from './traffic.js';

export interface TraceOptions {
  readonly seed: string;
  readonly days: number;
  readonly fleet: readonly RegionModel[];
  readonly faults: readonly Fault[];
  readonly burstsPerDay: number;
  /** Default: those of the default fleet. */
  readonly times?: Times;
  /** When every backend starts anew, one after another; seconds since the start. */
  readonly deploys?: readonly number[];
  readonly rules: readonly Rule[];
  /** What is stored of a run: fewer are quicker, where the rules read no other. */
  readonly operations?: readonly SimulatedOperation[];
  readonly progress: (message: string) => void;
}

/** Unix seconds of every trace's first second: Monday 2026-01-05, 00:00 UTC. */
export const ORIGIN = Date.UTC(2026, 0, 5) / 1_000;

export interface Times {
  /** Between two runs. */
  readonly runSeconds: number;
  readonly scrapeSeconds: number;
  /** Rounds in a run. */
  readonly iterations: number;
}

const DEPLOY_TAKES_SECONDS = 20;
const ONE_TARGET: readonly TargetModel[] = [{ name: 'primary', mode: 'read-write' }];

/** Simulates a fleet, stores it as a TSDB, evaluates the rules over it. Times are since the start. */
export async function runTrace(options: TraceOptions): Promise<Firing[]> {
  const directory = mkdtempSync(join(tmpdir(), 'pglatency-alerts-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    await storeTrace(directory, options);
    const fired = await evaluateRules(options.rules, {
      directory,
      start: ORIGIN,
      end: ORIGIN + options.days * 86_400,
      progress: options.progress,
    });
    return fired.map((f) => ({ ...f, from: f.from - ORIGIN, to: f.to - ORIGIN }));
  } finally {
    process.off('exit', remove);
    remove();
  }
}

async function storeTrace(directory: string, options: TraceOptions): Promise<void> {
  const path = join(directory, 'trace.om');
  const file = openMetricsFile(path);
  const names = exportedNames(needed(options.rules));
  const times = options.times ?? DEFAULT_RULES_FLEET;
  for (const [index, model] of options.fleet.entries()) {
    const { fleet, region, targets = ONE_TARGET } = model;
    options.progress(`traffic of ${region}, ${index + 1} of ${options.fleet.length}`);
    const random = createRandom(`${options.seed}/${fleet ?? ''}${region}`);
    const deploys = (options.deploys ?? []).map((at) => at + index * DEPLOY_TAKES_SECONDS);
    const traffic = targets.map(({ name, mode, roundTripMs = model.roundTripMs }, nth) => ({
      target: name,
      mode,
      ...simulateRegion({ ...model, roundTripMs }, nth === 0 ? random : random.fork(name), {
        ...options,
        ...times,
        target: name,
        deploys,
      }),
    }));
    await scrapeRegion(file, traffic, random.fork('scrapes'), {
      ...times,
      fleet,
      region,
      origin: ORIGIN,
      seconds: options.days * 86_400,
      deploys,
      faults: options.faults,
      names,
      operations: options.operations ?? SIMULATED_OPERATIONS,
    });
  }
  await file.close();
  options.progress('promtool makes a TSDB of it');
  await importOpenMetrics(path, directory);
  rmSync(path);
}
