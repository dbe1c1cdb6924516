import { expect, test } from 'vitest';
import { settingDurationMs } from './setting-duration.js';
import { parseStandbyNames } from './standby-names.js';

test.each([
  ['0', 0],
  ['500', 500],
  ['500ms', 500],
  ['1.5s', 1_500],
  ['10min', 600_000],
  ['2 h', 7_200_000],
  ['1d', 86_400_000],
  ['-1', null],
  ['soon', null],
])('a timeout of %s is %s ms', (text, ms) => {
  expect(settingDurationMs(text)).toBe(ms);
});

test.each([
  ['', null],
  ['  ', null],
  ['a', 1],
  ['*', 1],
  ['a, b', 1],
  ['2 (a, b, c)', 2],
  ['FIRST 2 (a, b)', 2],
  ['any 3 (*)', 3],
  ['"1 (odd)"', 1],
])('synchronous_standby_names = %s asks for %s', (text, count) => {
  expect(parseStandbyNames(text)?.count ?? null).toBe(count);
});
