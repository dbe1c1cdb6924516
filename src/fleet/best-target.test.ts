import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TARGET_MODES } from '../config/target.js';
import { bestOfOthers, bestTarget, type TargetRead } from './best-target.js';

const primary = (ms: number | null): TargetRead => ({
  target: 'primary',
  mode: 'read-write',
  read_p50_ms: ms,
});
const replica = (target: string, ms: number | null): TargetRead => ({
  target,
  mode: 'read-only',
  read_p50_ms: ms,
});

describe('the best target', () => {
  it('is the fastest, with what it gains over the primary', () => {
    expect(bestTarget([primary(197.72), replica('iad', 121.22), replica('syd', 278.8)])).toEqual({
      primary: 'primary',
      fastest: 'iad',
      gain_ms: 76.5,
      gain_percent: 38.7,
    });
  });

  it('is the primary, which gains nothing, when that is the fastest or alone', () => {
    const itself = { primary: 'primary', fastest: 'primary', gain_ms: 0, gain_percent: 0 };
    expect(bestTarget([primary(11.9), replica('iad', 123)])).toEqual(itself);
    expect(bestTarget([primary(11.9), replica('iad', 11.9)])).toEqual(itself);
    expect(bestTarget([primary(11.9), replica('iad', null)])).toEqual(itself);
    expect(bestTarget([primary(11.9)])).toEqual(itself);
  });

  it('is never another database, however near it is', () => {
    const reads: TargetRead[] = [
      primary(198),
      { target: 'orders', mode: 'read-write', follows: null, read_p50_ms: 1 },
      { ...replica('orders-near', 0.5), follows: 'orders' },
      { ...replica('iad', 121), follows: 'primary' },
    ];
    expect(bestTarget(reads)).toMatchObject({ primary: 'primary', fastest: 'iad', gain_ms: 77 });
    expect(bestOfOthers(reads)).toEqual([
      { primary: 'orders', fastest: 'orders-near', gain_ms: 0.5, gain_percent: 50 },
    ]);
    expect(bestOfOthers(reads.slice(0, 2))).toEqual([]);
  });

  it('states no gain over a primary that was not measured', () => {
    expect(bestTarget([primary(null), replica('iad', 20)])).toEqual({
      primary: 'primary',
      fastest: 'iad',
      gain_ms: null,
      gain_percent: null,
    });
    expect(bestTarget([replica('iad', 20)])).toMatchObject({ primary: null, gain_ms: null });
    expect(bestTarget([primary(0), replica('iad', 0)])).toMatchObject({ gain_percent: null });
  });

  it('is none when nothing was measured', () => {
    const none = { fastest: null, gain_ms: null, gain_percent: null };
    expect(bestTarget([])).toEqual({ primary: null, ...none });
    expect(bestTarget([primary(null), replica('iad', null)])).toMatchObject(none);
  });

  it('never names a target that was not measured, and never a gain below nothing', () => {
    const reads = fc.array(
      fc.record({
        target: fc.constantFrom('a', 'b', 'c', 'd'),
        mode: fc.constantFrom(...TARGET_MODES),
        read_p50_ms: fc.option(fc.double({ min: 0, max: 99_999, noNaN: true }), { nil: null }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(reads, (input) => {
        const { fastest, gain_ms, gain_percent } = bestTarget(input);
        const first = input.find(({ mode }) => mode === 'read-write');
        const family = input.filter(
          (it) => first === undefined || it === first || it.mode === 'read-only',
        );
        const measured = family.flatMap(({ read_p50_ms: ms }) => (ms === null ? [] : [ms]));
        expect(fastest === null).toBe(measured.length === 0);
        if (fastest !== null) {
          const its = family.filter(({ target }) => target === fastest);
          expect(its.map(({ read_p50_ms: ms }) => ms)).toContain(Math.min(...measured));
        }
        expect(gain_ms ?? 0).toBeGreaterThanOrEqual(0);
        expect(gain_percent ?? 0).toBeLessThanOrEqual(100);
        if (gain_ms === null) expect(gain_percent).toBeNull();
      }),
    );
  });
});
