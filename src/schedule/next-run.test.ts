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

test('an expression that never comes says so', () => {
  expect(() => createNextRun('0 0 L-30 2 *')(0)).toThrow('"0 0 L-30 2 *" never comes');
});
