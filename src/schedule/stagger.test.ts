import { expect, test } from 'vitest';
import { REGION_CODES } from '../regions/regions.js';
import { staggeredCron, staggerSecond } from './stagger.js';

test('every region of the catalogue has a second of its own, six apart', () => {
  expect(REGION_CODES.map(staggerSecond)).toEqual([0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 3, 3]);
});

test.each([
  ['* * * * *', true, 'syd', '54 * * * * *'],
  ['*/5 * * * *', true, 'gru', '0 */5 * * * *'],
  ['* * * * *', false, 'syd', '0 * * * * *'],
  ['*/10 * * * * *', true, 'syd', '*/10 * * * * *'],
] as const)('%s, stagger %s, %s → %s', (cron, stagger, region, expected) => {
  expect(staggeredCron(cron, stagger, region)).toBe(expected);
});
