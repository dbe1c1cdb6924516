import type { Effect, Fault } from './faults.js';
import type { Random } from './random.js';

/** What is injected, and which alerts may find it. */
export interface Scenario {
  readonly name: string;
  readonly effect: Effect;
  readonly minutes: number;
  /** The alerts that count as finding it; others in that region are neither a find nor a false alarm. */
  readonly finds: RegExp;
  /** What has to hold, in minutes; the share that is found, where that is the sentence. */
  readonly goal: { readonly median?: number; readonly p90?: number };
  /** Where not each one has to be found. */
  readonly mayMiss?: true;
}

const LATENCY = /^PglatencyRegion(Surged|Slow|Shifted)$/;

export const REGIONAL: readonly Scenario[] = [
  {
    name: '+20 %',
    effect: { kind: 'ratio', factor: 1.2 },
    minutes: 60,
    finds: LATENCY,
    goal: { median: 10, p90: 12 },
  },
  {
    name: '+50 %',
    effect: { kind: 'ratio', factor: 1.5 },
    minutes: 30,
    finds: LATENCY,
    goal: { median: 7, p90: 9 },
  },
  {
    name: '+100 %',
    effect: { kind: 'ratio', factor: 2 },
    minutes: 30,
    finds: LATENCY,
    goal: { median: 5 },
  },
  {
    name: 'tail, 8 % × 5',
    effect: { kind: 'tail', share: 0.08, factor: 5 },
    minutes: 45,
    finds: /Tail$/,
    goal: { median: 20 },
  },
  {
    name: 'tail, 3 % × 5',
    effect: { kind: 'tail', share: 0.03, factor: 5 },
    minutes: 90,
    finds: /Tail$/,
    goal: { median: 60 },
  },
  {
    name: 'half of the operations fail',
    effect: { kind: 'errors', share: 0.5 },
    minutes: 20,
    finds: /Failing$/,
    goal: { median: 6 },
  },
  {
    name: 'silent',
    effect: { kind: 'silent' },
    minutes: 15,
    finds: /Silent$/,
    goal: { median: 4 },
  },
  {
    name: 'connect × 1.5',
    effect: { kind: 'connect', factor: 1.5 },
    minutes: 60,
    finds: /ConnectSlow$/,
    goal: {},
  },
  {
    name: 'connect fails',
    effect: { kind: 'connect-errors' },
    minutes: 20,
    finds: /ConnectFailing$/,
    goal: {},
  },
];

const shift = (percent: number, minutes: number, goal: Scenario['goal'] = {}): Scenario => ({
  name: `shift of +${percent} %`,
  effect: { kind: 'ratio', factor: 1 + percent / 100 },
  minutes,
  finds: LATENCY,
  goal,
  mayMiss: true,
});

/** Small ones, which last; of the one that has a goal there are twice as many. */
export const SHIFTS: readonly Scenario[] = [
  shift(10, 120),
  shift(15, 120),
  shift(20, 60, { median: 10, p90: 12 }),
  shift(20, 60, { median: 10, p90: 12 }),
  shift(30, 60),
];

export const GLOBAL: readonly Scenario[] = [
  {
    name: 'all regions +20 %',
    effect: { kind: 'ratio', factor: 1.2 },
    minutes: 45,
    finds: /AllRegionsSlow$/,
    goal: { median: 5 },
  },
  {
    name: 'all regions +50 %',
    effect: { kind: 'ratio', factor: 1.5 },
    minutes: 45,
    finds: /AllRegionsSlow$/,
    goal: { median: 5 },
  },
  {
    name: 'all regions +100 %',
    effect: { kind: 'ratio', factor: 2 },
    minutes: 45,
    finds: /AllRegionsSlow$/,
    goal: { median: 5 },
  },
  {
    name: 'all regions +20 ms',
    effect: { kind: 'add', ms: 20 },
    minutes: 45,
    finds: /AllRegionsSlow$/,
    goal: { median: 5 },
  },
  {
    name: 'half of all operations fail',
    effect: { kind: 'errors', share: 0.5 },
    minutes: 30,
    finds: /AllRegionsFailing$/,
    goal: { median: 6 },
  },
  {
    name: 'writes +20 ms',
    effect: { kind: 'write', ms: 20 },
    minutes: 45,
    finds: /WritesSlow$/,
    goal: {},
  },
];

/** A shift that lasts a day, and an improvement that ends. */
export const DAY_LONG: Scenario = {
  name: '+20 % for a day',
  effect: { kind: 'ratio', factor: 1.2 },
  minutes: 1_440,
  finds: LATENCY,
  goal: {},
};
export const IMPROVEMENT: Scenario = {
  name: '−25 % for 8 h',
  effect: { kind: 'ratio', factor: 0.75 },
  minutes: 480,
  finds: /^$/,
  goal: {},
  mayMiss: true,
};

/** An injected fault and what it is an instance of. */
export interface Trial {
  readonly scenario: Scenario;
  readonly fault: Fault;
}

const DAY = 86_400;
const SLOT = DAY / 3;

/**
 * Three trials a day in each region, eight hours apart, each region at its own time, every scenario
 * in turn: with ten regions, one or two are in a trial at any moment, so that none looks like all.
 */
export function regionalTrials(
  regions: readonly string[],
  scenarios: readonly Scenario[],
  fromDay: number,
  toDay: number,
  random: Random,
): Trial[] {
  return regions.flatMap((region, index) => {
    const slots = Math.floor(((toDay - fromDay) * DAY) / SLOT);
    return Array.from({ length: slots }, (_, slot) => {
      const scenario = scenarios[(slot + index) % scenarios.length];
      if (!scenario) throw new Error('no scenarios');
      const from = fromDay * DAY + slot * SLOT + random.between(0, SLOT - 2.5 * 3_600);
      return trial(scenario, region, from);
    });
  });
}

/** Three trials a day that hit all regions. */
export function globalTrials(
  scenarios: readonly Scenario[],
  fromDay: number,
  toDay: number,
  random: Random,
): Trial[] {
  const slots = Math.floor(((toDay - fromDay) * DAY) / SLOT);
  return Array.from({ length: slots }, (_, slot) => {
    const scenario = scenarios[slot % scenarios.length];
    if (!scenario) throw new Error('no scenarios');
    return trial(
      scenario,
      'all',
      fromDay * DAY + slot * SLOT + random.between(0, SLOT - 3 * 3_600),
    );
  });
}

/** Every region once, one after another: as many as do not look like all of them. */
export function staggeredTrials(
  scenario: Scenario,
  regions: readonly string[],
  fromDay: number,
  atOnce: number,
  spacingDays: number,
): Trial[] {
  return regions.map((region, index) =>
    trial(
      scenario,
      region,
      (fromDay + Math.floor(index / atOnce) * spacingDays + 0.03 * (index % atOnce)) * DAY,
    ),
  );
}

export function trial(scenario: Scenario, region: string, from: number): Trial {
  return {
    scenario,
    fault: {
      name: scenario.name,
      region,
      from,
      to: from + scenario.minutes * 60,
      effect: scenario.effect,
    },
  };
}
