import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';
import { knownRoundTrip, MS_PER_KM, roundTripOf, rttBetween } from './distances.js';

const code = fc.constantFrom(...DEFAULT_FLEET_CODES);

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

test('a region outside the ten is as far as its place, and one in Ireland a millisecond', () => {
  expect(roundTripOf('lhr')).toBe(11.89);
  expect(roundTripOf('eu-west-1')).toBe(1);
  // 5,410 km.
  expect(roundTripOf('us-east-1')).toBeCloseTo(114, -1);
  expect(roundTripOf('us-east-1', { rttMs: { 'us-east-1': 80 } })).toBe(80);
  expect([knownRoundTrip('rack-7', { rttMs: {} }), roundTripOf('hub')]).toEqual([null, 0]);
});

test('where a place is not known, two regions meet by way of the database', () => {
  expect(rttBetween('rack-7', 'lhr', { rttMs: { 'rack-7': 30 } })).toBeCloseTo(41.89);
});
