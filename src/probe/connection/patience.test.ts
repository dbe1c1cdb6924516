import { expect, test } from 'vitest';
import { attemptTimeoutMs } from './patience.js';

const given = { timeoutMs: 10_000, remainingMs: 10_000, left: 3, knownRoundTripMs: null };

test('the last address may take all that remains', () => {
  expect(attemptTimeoutMs({ ...given, left: 1, remainingMs: 4_000 })).toBe(4_000);
});

test('one of several gets its share of what remains', () => {
  expect(attemptTimeoutMs(given)).toBeCloseTo(10_000 / 3);
});

test('with many addresses, one still gets a quarter of the deadline', () => {
  expect(attemptTimeoutMs({ ...given, left: 10 })).toBe(2_500);
});

test('never less than three round trips of a target that is known to be far', () => {
  expect(
    attemptTimeoutMs({ ...given, timeoutMs: 1_000, remainingMs: 1_000, knownRoundTripMs: 270 }),
  ).toBe(810);
});
