import cron from 'node-cron';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { createNextRun } from './next-run.js';

afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ['*/5 * * * * *', '2030-01-01T00:00:04.999Z', '2030-01-01T00:00:05.000Z'],
  ['*/5 * * * * *', '2030-01-01T00:00:05.000Z', '2030-01-01T00:00:10.000Z'],
  ['30 * * * *', '2030-12-31T23:45:00.000Z', '2031-01-01T00:30:00.000Z'],
  ['0 12 29 2 *', '2097-01-01T00:00:00.000Z', '2104-02-29T12:00:00.000Z'],
  ['0 0 29 2 1', '2076-01-01T00:00:00.000Z', '2112-02-29T00:00:00.000Z'],
  ['0 0 L * *', '2030-02-28T00:00:01.000Z', '2030-03-31T00:00:00.000Z'],
  ['@hourly', '1970-01-01T00:00:00.000Z', '1970-01-01T01:00:00.000Z'],
  ['0 0 1 1 *', '2038-01-19T03:14:07.999Z', '2039-01-01T00:00:00.000Z'],
  ['* * * * *', '9999-12-31T23:59:30.000Z', '+010000-01-01T00:00:00.000Z'],
])('%s after %s is %s', (expression, after, expected) => {
  expect(new Date(createNextRun(expression)(Date.parse(after))).toISOString()).toBe(expected);
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
          return null; // It names no date, such as the 31st of February's second Monday.
        }
      })();
      if (theirs === null) expect(() => createNextRun(expression)(atMs)).toThrow('names no date');
      else expect(createNextRun(expression)(atMs)).toBe(theirs[0]?.getTime());
    }),
    { numRuns: 100 },
  );
});

test('an expression that names no date says so', () => {
  expect(() => createNextRun('0 0 L-30 2 *')(0)).toThrow('"0 0 L-30 2 *" names no date');
});
