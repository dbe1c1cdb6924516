import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEEDED_RUNS, normalOf } from './normal.js';

const around = (count: number, ms: number) =>
  Array.from({ length: count }, (_, i) => ms * (1 + ((i % 5) - 2) / 100));

describe('the normal', () => {
  it('is unknown with too few runs', () => {
    expect(normalOf(around(NEEDED_RUNS - 1, 100))).toBeNull();
    expect(normalOf(around(NEEDED_RUNS, 100))).not.toBeNull();
  });

  it('is the median, in a band of 15 % where the runs are steady', () => {
    const normal = normalOf(around(100, 200));
    expect(normal?.normalMs).toBeCloseTo(200, 0);
    expect(normal?.lowMs).toBeCloseTo(170, 0);
    expect(normal?.highMs).toBeCloseTo(230, 0);
  });

  it('has a wider band where the runs differ, and one of a millisecond beside the database', () => {
    const wild = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 80 : 120));
    expect(normalOf(wild)?.highMs).toBeGreaterThan(150);
    expect(normalOf(around(50, 0.4))?.lowMs).toBe(0);
    expect(normalOf(around(50, 0.4))?.highMs).toBeCloseTo(1.4, 1);
  });

  it('is held while a third of the day is slow, and not moved by what has just begun', () => {
    const day = [...around(400, 100), ...around(200, 190)];
    expect(normalOf(day)?.normalMs).toBeLessThan(104);
    expect(normalOf(day)?.highMs).toBeLessThan(125);
    expect(normalOf([...around(90, 100), ...around(10, 900)])).toEqual(
      normalOf([...around(90, 100), ...around(10, 100)]),
    );
  });

  it('holds its own median, whatever the runs took', () => {
    const latency = fc.double({ min: 0.001, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(latency, { minLength: NEEDED_RUNS, maxLength: 200 }), (runs) => {
        const normal = normalOf(runs);
        if (normal === null) throw new Error('there is none');
        const { lowMs, normalMs, highMs } = normal;
        expect(lowMs).toBeGreaterThanOrEqual(0);
        expect(lowMs).toBeLessThanOrEqual(normalMs);
        expect(highMs - normalMs).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(normalMs).toBeGreaterThanOrEqual(Math.min(...runs));
        expect(normalMs).toBeLessThanOrEqual(Math.max(...runs));
      }),
    );
  });
});
