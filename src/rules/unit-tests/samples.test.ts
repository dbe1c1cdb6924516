import { expect, test } from 'vitest';
import { notation } from './samples.js';

test.for<[readonly (number | null)[], string]>([
  [[], ''],
  [[5], '5'],
  [[5, 5, 5], '5x2'],
  [[0, 0], '0x1'],
  [[1, 3], '1 3'],
  [[0, 2.5, 5, 7.5], '0+2.5x3'],
  [[9, 6, 3], '9-3x2'],
  [[null, null, 1], '_x2 1'],
  [[1, null, 1], '1 stale 1'],
  [[1, null, null, null], '1 stale _x2'],
  [[0, 0, 10, 10, 10, 20], '0x1 10x2 20'],
])('%j is written as "%s"', ([samples, text]) => {
  expect(notation(samples)).toBe(text);
});
