import { describe, expect, test } from 'vitest';
import { checkBudgets, githubError, type Limits } from './budgets.js';
import { exampleReport } from '../../test/helpers/example-report.js';

const NONE: Limits = { maxTrips: [], budgets: [] };

describe('limits', () => {
  test.each<[string, Partial<Limits>, string[]]>([
    ['none', {}, []],
    ['trips that are just enough', { maxTrips: [{ name: 'checkout', trips: 8 }] }, []],
    [
      'the maximum counts, and not the median',
      { maxTrips: [{ name: 'checkout', trips: 7 }] },
      ['checkout: 8 round trips, and at most 7 are allowed'],
    ],
    [
      'a number alone is for every unit',
      { maxTrips: [{ name: null, trips: 0 }] },
      [
        'checkout: 8 round trips, and at most 0 are allowed',
        'SELECT 50fde206: 1 round trip, and at most 0 are allowed',
      ],
    ],
    [
      'a unit that never came',
      { maxTrips: [{ name: 'chekout', trips: 9 }] },
      ['chekout: --max-trips names it, but no unit has this name'],
    ],
    ['a budget that holds', { budgets: [{ region: 'lhr', ms: 100 }] }, []],
    [
      'a budget for every unit',
      { budgets: [{ region: 'syd', ms: 200 }] },
      [
        'checkout: 1.9 s from Sydney, and at most 200 ms are allowed',
        'SELECT 50fde206: 270 ms from Sydney, and at most 200 ms are allowed',
      ],
    ],
  ])('%s', (_, limits, expected) => {
    expect(checkBudgets(exampleReport(), { ...NONE, ...limits })).toEqual(expected);
  });
});

test("a line for GitHub's log cannot become two", () => {
  expect(githubError('100 % of\r\nit')).toBe('::error title=pglatency audit::100 %25 of%0D%0Ait');
});
