import cron from 'node-cron';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { createNextRun } from '../../src/schedule/next-run.js';

afterEach(() => {
  vi.useRealTimers();
});

test('is what node-cron finds from the same moment', () => {
  const listOf = (field: fc.Arbitrary<string>) =>
    fc.array(field, { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
  const field = (min: number, max: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: 1, max: max - min }).map((step) => `*/${step}`),
      listOf(fc.integer({ min, max }).map(String)),
      fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    );
  const day = fc.oneof(field(1, 28), fc.constantFrom('L', '15W', 'LW', 'L-3', '29,30,31'));
  const weekday = fc.oneof(field(0, 7), fc.constantFrom('1#2', '5L', '*'));
  const expressions = fc
    .tuple(field(0, 59), field(0, 59), field(0, 23), day, field(1, 12), weekday)
    .map((fields) => fields.join(' '))
    .filter((it) => cron.validate(it));
  const moments = fc.integer({ min: 0, max: Date.parse('9990-01-01T00:00:00Z') });
  vi.useFakeTimers();
  fc.assert(
    fc.property(expressions, moments, (expression, atMs) => {
      vi.setSystemTime(atMs);
      const theirs = (() => {
        try {
          return cron.createTask(expression, () => undefined, { timezone: 'UTC' }).getNextRuns(1);
        } catch {
          return null; // It never comes, such as the 31st of February's second Monday.
        }
      })();
      if (theirs === null) expect(() => createNextRun(expression)(atMs)).toThrow('never comes');
      else expect(createNextRun(expression)(atMs)).toBe(theirs[0]?.getTime());
    }),
    { numRuns: 100 },
  );
});
