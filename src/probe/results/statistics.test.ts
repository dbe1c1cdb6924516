import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantile, summarise } from './statistics.js';

const durations = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });

describe('summarise', () => {
  test('knows the figures of a known set', () => {
    expect(summarise([4, 1, 3, 2])).toEqual({
      count: 4,
      min: 1,
      avg: 2.5,
      max: 4,
      p50: 2.5,
      p95: 3.8499999999999996,
      p99: 3.9699999999999998,
      stddev: Math.sqrt(5 / 3),
    });
  });

  test('has no figures for nothing, and no deviation for one value', () => {
    expect(Object.values(summarise([]))).toEqual([0, null, null, null, null, null, null, null]);
    expect(summarise([7])).toMatchObject({ min: 7, p99: 7, stddev: null });
  });

  test('orders its figures, and leaves its input alone', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const before = [...values];
        const { min, p50, p95, p99, max, avg } = summarise(values);
        const ascending = [min, p50, p95, p99, max].map(Number);
        expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
        expect(avg).toBeGreaterThanOrEqual(Number(min) * (1 - 1e-9));
        expect(avg).toBeLessThanOrEqual(Number(max) * (1 + 1e-9));
        expect(values).toEqual(before);
      }),
    );
  });

  test('does not depend on the order of its input', () => {
    fc.assert(
      fc.property(durations, (values) => {
        expect(summarise([...values].reverse())).toEqual(summarise(values));
      }),
    );
  });
});

test('a quantile is interpolated between the two nearest ranks', () => {
  expect(quantile([10, 20], 0.25)).toBe(12.5);
  expect(quantile([10, 20, 30], 0.5)).toBe(20);
  expect(quantile([], 0.5)).toBeNull();
});
