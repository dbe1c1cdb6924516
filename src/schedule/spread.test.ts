import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startOffsetMs } from './spread.js';

const offsets = (targets: number, intervalMs: number) =>
  Array.from({ length: targets }, (_, place) => startOffsetMs(place, targets, intervalMs));

test.each([
  [1, 60_000, [0]],
  [3, 60_000, [0, 1_000, 2_000]],
  [4, 8_000, [0, 500, 1_000, 1_500]],
  [5, 1_000, [0, 50, 100, 150, 200]],
])('%i targets every %i ms start at %j', (targets, intervalMs, expected) => {
  expect(offsets(targets, intervalMs)).toEqual(expected);
});

test('however many and however often: in order, apart, and within a quarter of the interval', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 1_000, max: 86_400_000 }),
      (targets, intervalMs) => {
        const all = offsets(targets, intervalMs);
        expect(all[0]).toBe(0);
        expect(Math.max(...all)).toBeLessThan(intervalMs / 4);
        all.slice(1).forEach((offset, i) => {
          expect(offset - Number(all[i])).toBeGreaterThanOrEqual(15);
          expect(offset - Number(all[i])).toBeLessThanOrEqual(1_000);
        });
      },
    ),
  );
});
