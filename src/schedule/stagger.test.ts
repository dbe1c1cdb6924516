import { expect, test } from 'vitest';
import { PROVIDERS } from '../regions/catalogue.js';
import { DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';
import { staggeredCron, staggerSecond } from './stagger.js';

const FLY_OPEN = (PROVIDERS['Fly.io'] ?? []).slice(0, 18).map(({ code }) => code);
const CODES = [...new Set(Object.values(PROVIDERS).flatMap((it) => it.map(({ code }) => code)))];

test('the default regions have seconds of their own, four apart, and so have all of Fly.io', () => {
  const seconds = DEFAULT_FLEET_CODES.map(staggerSecond).sort((a, b) => a - b);
  const gaps = seconds.map(
    (second, i) => ((seconds[i + 1] ?? (seconds[0] ?? 0) + 60) - second) % 60,
  );
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4);
  expect(new Set([...FLY_OPEN, 'hub', 'local'].map(staggerSecond)).size).toBe(20);
});

test.each([10, 20, 40])('%i regions spread over the minute as if drawn by lot', (count) => {
  // Some hundred fleets of every provider's regions, each a walk through the catalogue.
  const taken = Array.from({ length: CODES.length }, (_, start) => {
    const fleet = Array.from({ length: count }, (_, i) => CODES[(start + i * 7) % CODES.length]);
    return new Set(fleet.map((code) => staggerSecond(code ?? ''))).size;
  });
  const mean = taken.reduce((sum, it) => sum + it, 0) / taken.length;
  const expected = 60 * (1 - (59 / 60) ** count);
  expect(mean).toBeGreaterThan(0.93 * expected);
  expect(mean).toBeLessThan(1.07 * expected);
});

test('every name has a second, the same each time', () => {
  for (const code of CODES) {
    expect(staggerSecond(code)).toBe(staggerSecond(code));
    expect(Number.isInteger(staggerSecond(code)) && staggerSecond(code) < 60).toBe(true);
  }
});

test.each([
  ['* * * * *', true, 'syd', `${staggerSecond('syd')} * * * * *`],
  ['*/5 * * * *', true, 'rack-7', `${staggerSecond('rack-7')} */5 * * * *`],
  ['* * * * *', false, 'syd', '0 * * * * *'],
  ['*/10 * * * * *', true, 'syd', '*/10 * * * * *'],
] as const)('%s, stagger %s, %s → %s', (cron, stagger, region, expected) => {
  expect(staggeredCron(cron, stagger, region)).toBe(expected);
});
