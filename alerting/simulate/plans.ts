import { createRandom } from './random.js';
import {
  DAY_LONG,
  GLOBAL,
  IMPROVEMENT,
  REGIONAL,
  SHIFTS,
  globalTrials,
  regionalTrials,
  staggeredTrials,
  type Trial,
} from './scenarios.js';

/** One trace to simulate. */
export interface Plan {
  readonly name:
    | 'clean'
    | 'clean, bursts doubled'
    | 'faults of a region'
    | 'faults of all, long faults'
    | 'shifts'
    | 'short';
  readonly days: number;
  readonly burstsPerDay: number;
  readonly trials: readonly Trial[];
}

/** The long form: four traces a seed. Faults begin when there are baselines and seasons. */
export function longPlans(seed: string, regions: readonly string[]): Plan[] {
  const random = (name: string) => createRandom(`${seed}/${name}`);
  return [
    { name: 'clean', days: 14, burstsPerDay: 1, trials: [] },
    {
      name: 'faults of a region',
      days: 16,
      burstsPerDay: 1,
      trials: regionalTrials(regions, REGIONAL, 4, 16, random('regional')),
    },
    {
      name: 'faults of all, long faults',
      days: 17,
      burstsPerDay: 1,
      trials: [
        ...globalTrials(GLOBAL, 4, 8, random('global')),
        ...staggeredTrials(DAY_LONG, regions, 8.6, 3, 2),
        ...staggeredTrials(IMPROVEMENT, regions, 9.9, 3, 2),
      ],
    },
    { name: 'clean, bursts doubled', days: 14, burstsPerDay: 2, trials: [] },
  ];
}

/** What is needed to choose the limits of a lasting shift: how soon each is found, and what is found for nothing. */
export function shiftPlans(seed: string, regions: readonly string[]): Plan[] {
  const random = createRandom(`${seed}/shifts`);
  return [
    { name: 'clean', days: 14, burstsPerDay: 1, trials: [] },
    {
      name: 'shifts',
      days: 10,
      burstsPerDay: 1,
      trials: regionalTrials(regions, SHIFTS, 3, 10, random),
    },
    { name: 'clean, bursts doubled', days: 14, burstsPerDay: 2, trials: [] },
  ];
}

/** The short form: three quiet days, one with faults of single regions, and two of all. */
export function shortPlans(seed: string, regions: readonly string[]): Plan[] {
  const random = createRandom(`${seed}/short`);
  return [
    {
      name: 'short',
      days: 5,
      burstsPerDay: 1,
      trials: [
        ...regionalTrials(regions, REGIONAL, 3, 4, random),
        ...globalTrials(GLOBAL.slice(2, 5), 4, 5, random),
      ],
    },
  ];
}
