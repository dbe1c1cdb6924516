import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CATALOGUE_CODES } from '../regions/regions.js';
import { MS_PER_KM, rttBetween } from './distances.js';

const code = fc.constantFrom(...CATALOGUE_CODES);

test('a distance is the same both ways, and a millisecond within a city', () => {
  fc.assert(
    fc.property(code, code, (a, b) => {
      expect(rttBetween(a, b)).toBe(rttBetween(b, a));
      expect(rttBetween(a, b)).toBeGreaterThanOrEqual(1);
      expect(rttBetween(a, a)).toBe(1);
    }),
  );
});

test('the rate is that of the measured paths, and known distances come out', () => {
  expect(MS_PER_KM * 1_000).toBeCloseTo(20.9, 1);
  // 943, 3,677 and 15,696 km.
  expect(rttBetween('iad', 'ord')).toBeCloseTo(19.7, 0);
  expect(rttBetween('iad', 'lax')).toBeCloseTo(77, 0);
  expect(rttBetween('iad', 'syd')).toBeCloseTo(328, -1);
});
