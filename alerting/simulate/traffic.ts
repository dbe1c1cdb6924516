import { summarise } from '../../src/probe/results/statistics.js';
import { effectsAt, isAt, type Effect, type Fault } from './faults.js';
import type { Random } from './random.js';

/** One simulated run of one region; times in seconds since the trace's start, latencies in seconds. */
export interface Run {
  readonly startedAt: number;
  readonly endedAt: number;
  /** More than usual, where the target is a replica. */
  readonly behindSeconds: number;
  readonly operations: Readonly<Record<SimulatedOperation, OperationResult>>;
}

export const SIMULATED_OPERATIONS = ['connect', 'ping', 'select', 'insert'] as const;
export type SimulatedOperation = (typeof SIMULATED_OPERATIONS)[number];

export interface OperationResult {
  /** Null where nothing succeeded. */
  readonly median: number | null;
  readonly max: number | null;
  readonly successes: number;
  readonly failures: number;
}

/** What a region's backend did to one target, in seconds since the trace's start. */
export interface Traffic {
  /** When runs were to begin. */
  readonly planned: readonly number[];
  readonly runs: readonly Run[];
}

export interface RegionModel {
  /** Default: the label is absent. */
  readonly fleet?: string;
  readonly region: string;
  readonly roundTripMs: number;
  /** Default: one primary. */
  readonly targets?: readonly TargetModel[];
  /** Measured medians in milliseconds, one a minute (null: no run), to replay in place of the model. */
  readonly medians?: readonly (number | null)[];
}

export interface TargetModel {
  readonly name: string;
  readonly mode: 'read-write' | 'read-only';
  /** Default: the region's. */
  readonly roundTripMs?: number;
}

export interface TrafficOptions {
  readonly days: number;
  readonly iterations: number;
  /** Between two runs. */
  readonly runSeconds: number;
  /** When all backends start, beside the first time: a deploy. */
  readonly deploys: readonly number[];
  readonly target: string;
  readonly faults: readonly Fault[];
  /** Bursts a day; 1 is usual. */
  readonly burstsPerDay: number;
}

const MINUTES_PER_DAY = 1_440;
const USUAL_TAIL_SHARE = 0.015;
const CONNECT_ROUND_TRIPS = 7;
/** A backend that starts measures a little at once. */
const ROUNDS_AT_START = 5;

/** A tick is skipped where the run before still goes on: only where runs follow each other closely. */
const SKIPPED = { share: 0.002, mostRunSeconds: 60 };

/** The runs of one region, at a second of its own. */
export function simulateRegion(
  model: RegionModel,
  random: Random,
  options: TrafficOptions,
): Traffic {
  const { runSeconds, iterations } = options;
  const minutes = Math.round(options.days * MINUTES_PER_DAY);
  const second = Math.floor(random.between(0, 55));
  const weather = model.medians
    ? { level: model.medians.map((ms) => ms ?? NaN), tailShare: [] }
    : simulateWeather(model.roundTripMs, random.fork('weather'), minutes, options.burstsPerDay);
  const place = { ...model, target: options.target };
  const own = options.faults.filter((fault) => isAt(fault, place));
  const sample = random.fork('samples');
  const planned: number[] = [];
  const runs: Run[] = [];
  const skipped = runSeconds > SKIPPED.mostRunSeconds ? 0 : SKIPPED.share;

  function run(startedAt: number, rounds: number, isPlanned: boolean): void {
    const effects = own.length > 0 ? effectsAt(own, place, startedAt) : [];
    const has = (kind: Effect['kind']) => effects.some((effect) => effect.kind === kind);
    const isSkipped = sample.next() < skipped;
    const minute = Math.floor(startedAt / 60);
    const level = weather.level[minute] ?? NaN;
    if (has('silent') || Number.isNaN(level)) return;
    if (isPlanned) planned.push(startedAt);
    if (isSkipped || has('hang')) return;
    const tailShare = weather.tailShare[minute] ?? USUAL_TAIL_SHARE;
    runs.push(simulateRun(startedAt, level, tailShare, rounds, effects, sample));
  }

  let at = second;
  for (; at < minutes * 60; at += runSeconds) run(at, iterations, true);
  planned.push(at);
  for (const startedAt of options.deploys) {
    run(startedAt, Math.min(iterations, ROUNDS_AT_START), false);
  }
  runs.sort((a, b) => a.endedAt - b.endedAt);
  return { planned, runs };
}

interface Weather {
  /** The round trip in milliseconds, by minute. */
  readonly level: Float64Array;
  /** Share of slow samples, by minute. */
  readonly tailShare: Float64Array;
}

/**
 * What a healthy path does: a daily rhythm of 5 to 8 %, a slow wander of 1 %, another route within
 * 3 % every five days; six slow runs a day, bursts, episodes of small slowness and of slow samples.
 */
function simulateWeather(
  roundTripMs: number,
  random: Random,
  minutes: number,
  burstsPerDay: number,
): Weather {
  const level = new Float64Array(minutes);
  const tailShare = new Float64Array(minutes).fill(random.between(0.01, 0.02));
  const amplitude = random.between(0.05, 0.08);
  const phase = random.next();
  const nextRouteChange = random.between(0, 5 * MINUTES_PER_DAY);
  let route = 1 + random.between(-0.03, 0.03);
  let wander = 0;
  for (let minute = 0; minute < minutes; minute++) {
    if ((minute - Math.floor(nextRouteChange)) % (5 * MINUTES_PER_DAY) === 0) {
      route = 1 + random.between(-0.03, 0.03);
    }
    // An Ornstein-Uhlenbeck walk: standard deviation 1 %, forgotten over two hours.
    wander =
      wander * Math.exp(-1 / 120) + 0.01 * Math.sqrt(1 - Math.exp(-2 / 120)) * random.normal();
    const rhythm = 1 + amplitude * Math.sin(2 * Math.PI * (minute / MINUTES_PER_DAY + phase));
    level[minute] = roundTripMs * rhythm * (1 + wander) * route;
  }
  const scale = (from: number, length: number, factor: number) => {
    for (let m = from; m < Math.min(from + length, minutes); m++)
      level[m] = (level[m] ?? NaN) * factor;
  };
  const days = minutes / MINUTES_PER_DAY;
  happen(random, 6 * days, minutes, (at) => scale(at, 1, random.between(1.5, 4)));
  happen(random, burstsPerDay * days, minutes, (at) =>
    scale(at, Math.floor(random.between(2, 4)), random.between(1.2, 1.6)),
  );
  happen(random, days, minutes, (at) =>
    scale(at, Math.floor(random.between(5, 31)), random.between(1.03, 1.1)),
  );
  happen(random, 0.5 * days, minutes, (at) =>
    tailShare.fill(random.between(0.05, 0.08), at, at + Math.floor(random.between(10, 21))),
  );
  return { level, tailShare };
}

/** A Poisson process: `expected` events on average, each in a minute of its own. */
function happen(
  random: Random,
  expected: number,
  minutes: number,
  event: (at: number) => void,
): void {
  for (let minute = 0; minute < minutes; minute++) {
    if (random.next() < expected / minutes) event(minute);
  }
}

function simulateRun(
  startedAt: number,
  levelMs: number,
  tailShare: number,
  iterations: number,
  effects: readonly Effect[],
  random: Random,
): Run {
  const jitter = 1 + 0.01 * random.normal();
  const factor = product(effects, (e) => (e.kind === 'ratio' ? e.factor : 1));
  const added = total(effects, (e) => (e.kind === 'add' ? e.ms : 0));
  const injectedTail = effects.find((e) => e.kind === 'tail');
  const errors = total(effects, (e) => (e.kind === 'errors' ? e.share : 0));

  const roundTrip = () => {
    let ms =
      levelMs * factor * jitter * (1 + 0.015 * random.normal()) +
      0.1 * Math.exp(random.normal() * 0.5);
    if (random.next() < tailShare) ms *= Math.min(random.pareto(2, 2), 40);
    if (injectedTail && random.next() < injectedTail.share) ms *= injectedTail.factor;
    return ms;
  };
  const read = () => roundTrip() + added + 0.2;
  const writes = total(effects, (e) => (e.kind === 'write' ? e.ms : 0));
  const write = () => read() + writes + 1.5 * Math.exp(0.3 * random.normal());
  const connectFactor = product(effects, (e) => (e.kind === 'connect' ? e.factor : 1));
  const connect = () => {
    let ms = 4 + random.between(0, 2) + added;
    for (let i = 0; i < CONNECT_ROUND_TRIPS; i++) ms += roundTrip();
    return ms * connectFactor;
  };
  const connectErrors = effects.some(({ kind }) => kind === 'connect-errors') ? 1 : 0;
  return {
    startedAt,
    behindSeconds: total(effects, (e) => (e.kind === 'behind' ? e.seconds : 0)),
    endedAt: startedAt + 1.5 + (3 * iterations + CONNECT_ROUND_TRIPS) * (levelMs / 1_000),
    operations: {
      connect: attempt(1, connectErrors, connect, random),
      ping: attempt(iterations, errors, roundTrip, random),
      select: attempt(iterations, errors, read, random),
      insert: attempt(iterations, errors, write, random),
    },
  };
}

function attempt(
  count: number,
  errorShare: number,
  draw: () => number,
  random: Random,
): OperationResult {
  const seconds: number[] = [];
  for (let i = 0; i < count; i++) {
    if (errorShare > 0 && random.next() < errorShare) continue;
    seconds.push(draw() / 1_000);
  }
  const { p50, max } = summarise(seconds);
  return { median: p50, max, successes: seconds.length, failures: count - seconds.length };
}

function product(effects: readonly Effect[], value: (effect: Effect) => number): number {
  return effects.reduce((sum, effect) => sum * value(effect), 1);
}

function total(effects: readonly Effect[], value: (effect: Effect) => number): number {
  return effects.reduce((sum, effect) => sum + value(effect), 0);
}
