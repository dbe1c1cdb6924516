import { expect, test } from 'vitest';
import { whatGrows } from './judge.js';
import type { SoakSample } from './soak.js';

const flat: SoakSample = {
  ...{ atS: 0, descriptors: 40, heapMb: 20, series: 4_000, logLines: 800, runs: 400 },
};
const samples = (change: (part: number) => Partial<SoakSample>) =>
  Array.from({ length: 12 }, (_, part) => ({ ...flat, ...change(part) }));

test('what goes up and down again is flat', () => {
  expect(whatGrows(samples((part) => ({ heapMb: part % 2 === 0 ? 20 : 26 })))).toEqual([]);
});

test.each([
  [{ descriptors: 4 }, 'descriptors: from 56.0 to 72.0'],
  [{ heapMb: 1 }, 'heapMb: from 24.0 to 28.0'],
  [{ series: 2 }, 'series: from 4008.0 to 4016.0'],
])('a leak of %j in each part is found', (leak, fault) => {
  const [key, by] = Object.entries(leak)[0] as ['heapMb', number];
  expect(whatGrows(samples((part) => ({ [key]: flat[key] + part * by })))).toEqual([fault]);
});

test('ever more lines of the log are found, and a standstill is', () => {
  const grows = whatGrows(samples((part) => ({ logLines: 800 + part * 200 })));
  expect(grows).toEqual([expect.stringContaining('lines of the log')]);
  const stands = whatGrows(samples((part) => ({ runs: part === 7 ? 0 : 400 })));
  expect(stands).toContain('no run ended in a part of the time');
});
