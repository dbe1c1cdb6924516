import { expect, test } from 'vitest';
import { startOrder } from './region-set.js';

test('the nearest region starts first, and then the farthest ones', () => {
  const rtt: Record<string, number> = { lhr: 12, nrt: 261, syd: 269, iad: 86 };
  expect(startOrder(Object.keys(rtt), (code) => rtt[code] ?? 0)).toEqual([
    'lhr',
    'syd',
    'nrt',
    'iad',
  ]);
  expect(startOrder(['lhr'], () => 12)).toEqual(['lhr']);
  expect(startOrder([], () => 12)).toEqual([]);
});
