import { expect, test } from 'vitest';
import { mutantsOf } from '../../alerting/mutants.js';

const mutated = (expr: string) => mutantsOf(expr).map(({ text }) => text);

test('each label of each list is dropped, and each condition on a label', () => {
  expect(mutated('sum by (fleet, region) (x{fleet="a", region!~"b, c"})')).toEqual([
    'sum by (region) (x{fleet="a", region!~"b, c"})',
    'sum by (fleet) (x{fleet="a", region!~"b, c"})',
    'sum by (fleet, region) (x{region!~"b, c"})',
    'sum by (fleet, region) (x{fleet="a"})',
  ]);
});

test('each label that a join compares or brings along is dropped', () => {
  expect(mutated('x * on (fleet, target) group_left (phase) y')).toEqual([
    'x * on (target) group_left (phase) y',
    'x * on (fleet) group_left (phase) y',
    'x * on (fleet, target) group_left () y',
  ]);
});

test('numbers, windows, comparisons and joins change, the numbers of a text do not', () => {
  expect(mutated('x{le=~"(0[.]5|10)", y=""}[10m] > 5 unless z == 1')).toEqual([
    'x{le=~"(0[.]5|10)", y=""}[10m] > 3 unless z == 1',
    'x{le=~"(0[.]5|10)", y=""}[10m] > 7 unless z == 1',
    'x{le=~"(0[.]5|10)", y=""}[300s] > 5 unless z == 1',
    'x{le=~"(0[.]5|10)", y=""}[1200s] > 5 unless z == 1',
    'x{le=~"(0[.]5|10)", y=""}[10m] < 5 unless z == 1',
    'x{le=~"(0[.]5|10)", y=""}[10m] > 5 unless z != 1',
    'x{le=~"(0[.]5|10)", y=""}[10m] > 5 and z == 1',
    'x{y=""}[10m] > 5 unless z == 1',
    'x{le=~"(0[.]5|10)"}[10m] > 5 unless z == 1',
  ]);
});
