import { expect, test } from 'vitest';
import { judgeVersion } from './version.js';

const at = (date: string) => Date.parse(`${date}T12:00:00Z`);

test.each([
  [90_624, '2026-01-01', 'warning', 'PostgreSQL 9.6.24, which has had no fix since 2021-11-11'],
  [120_022, '2026-01-01', 'warning', 'PostgreSQL 12.22, which has had no fix since 2024-11-21'],
  [150_018, '2027-11-12', 'warning', 'PostgreSQL 15.18, which has had no fix since 2027-11-11'],
  [
    150_018,
    '2027-11-11',
    'warning',
    'PostgreSQL 15.18, which gets its last fix in 0 days, on 2027-11-11',
  ],
  [
    150_018,
    '2027-10-12',
    'warning',
    'PostgreSQL 15.18, which gets its last fix in 30 days, on 2027-11-11',
  ],
  [150_018, '2027-01-01', 'ok', 'PostgreSQL 15.18, which gets fixes until 2027-11-11'],
  [180_004, '2026-01-01', 'ok', 'PostgreSQL 18.4, which gets fixes until 2030-11-14'],
])('%i on %s: %s', (version, date, status, found) => {
  expect(judgeVersion(version, at(date))).toMatchObject({ status, found });
});

test('a version that the table does not know is not called good', () => {
  expect(judgeVersion(250_001, at('2026-01-01'))).toMatchObject({ status: 'unknown' });
});
