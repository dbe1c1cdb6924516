import { expect, test } from 'vitest';
import type { FleetAnswer, TargetNormal } from './api.js';
import { concernsOf, nameConcerns, type Concern } from './attention.js';

const NOW = '2026-11-29T12:00:00Z';

/** A region of one target, all of whose figures are good. */
function region(name: string, row: object = {}, targets: readonly object[] = [{}]) {
  const target = { target: 'primary', state: 'ok', error: null, connection: null };
  const figures = { normal: null, replication_lag_ms: null };
  return {
    row: {
      ...{ region: name, machine_short: null, target: 'primary', state: 'ok', error: null },
      ...{ failures: [], timestamp: NOW, version: '1.0.0', next_run_in_ms: 1, interval_s: 60 },
      ...row,
    },
    reads: { targets: targets.map((it) => ({ ...target, ...figures, ...it })) },
  };
}

function concerns(...regions: readonly ReturnType<typeof region>[]): string[] {
  const answer = {
    ...{ timestamp: NOW, version: '1.0.0' },
    ...{ rows: regions.map(({ row }) => row), reads: regions.map(({ reads }) => reads) },
  };
  return concernsOf(answer as unknown as FleetAnswer).map(
    ({ who, what, urgency }) => `${urgency} ${who}: ${what}`,
  );
}

const figures = { normal_ms: 100, low_ms: 85, high_ms: 115 };
const slow = {
  ...{ runs: 100, needed_runs: 20, expected_at: null, ping: null, cause: 'path' },
  ...{ read: { ...figures, ratio: 1.31, level: 'slow' }, insert: null },
} satisfies TargetNormal;

test('where all is normal there is nothing to look at', () => {
  expect(concerns(region('lhr'), region('nrt'))).toEqual([]);
});

test('every target is counted, and not only the one that ranks its region', () => {
  const found = concerns(
    region('lhr', {}, [
      { target: 'primary' },
      { target: 'reports', state: 'failing', error: 'connection refused' },
      { target: 'orders', state: 'stale' },
    ]),
    region('nrt', { state: 'failing' }, [{ state: 'failing', error: 'no answer within 1 s' }]),
    region('syd', { state: 'unreachable', error: 'not asked yet', timestamp: null }, []),
    region('gru', { state: 'no_database', timestamp: null }, []),
    region('iad', { state: 'waiting', timestamp: null }, [{ state: 'waiting' }]),
  );
  expect(found).toEqual([
    'urgent lhr reports: failing: connection refused',
    'urgent nrt: failing: no answer within 1 s',
    'urgent syd: no answer: not asked yet',
    'urgent gru: no database',
    'soon lhr orders: stale',
  ]);
});

test('a region away from its normal is named with how much and where', () => {
  const insert = { ...figures, ratio: 2, level: 'slow' as const };
  expect(concerns(region('nrt', {}, [{ normal: slow }]))).toEqual([
    'urgent nrt: reads 1.31 × its day: the path',
  ]);
  expect(concerns(region('nrt', {}, [{ normal: { ...slow, insert, cause: null } }]))).toEqual([
    'urgent nrt: reads 1.31 × and inserts 2.00 × its day',
  ]);
});

test('a certificate that ends soon, a lag, a failure and another version are named', () => {
  const connection = { certificate_not_after: '2026-12-02T18:00:00Z' };
  const failures = [{ operation: 'insert', reason: 'lock_timeout', count: 3 }];
  expect(
    concerns(
      region('lhr', { failures }, [
        { connection },
        { target: 'replica', replication_lag_ms: 400_000 },
      ]),
      region('nrt', { version: null }),
    ),
  ).toEqual([
    'soon lhr primary: failures in the latest run: insert lock timeout ×3',
    'soon lhr primary: its certificate ends in 3 days: renew it',
    'soon lhr replica: 7 min behind its primary',
    'soon nrt: runs an older version; this page is of 1.0.0',
  ]);
});

test('a first run that does not come is a schedule that does not run', () => {
  const waiting = { state: 'waiting', timestamp: null };
  expect(concerns(region('lhr', { ...waiting, next_run_in_ms: -30_000 }))).toEqual([]);
  expect(concerns(region('lhr', { ...waiting, next_run_in_ms: -200_000 }))).toEqual([
    'urgent lhr: its schedule does not run: the first run is overdue',
  ]);
});

test('those that are too many to name are counted, each once', () => {
  const many = Array.from({ length: 9 }, (_, i) => ({ who: `r${i >> 1}` }) as Concern);
  expect(nameConcerns(many)).toBe('r0, r1, r2, r3, 1 more');
});

test('two backends of one region are told apart', () => {
  const row = (machine_short: string) => ({ machine_short, state: 'failing', error: null });
  expect(concerns(region('local', row('web-1'), []), region('local', row('web-2'), []))).toEqual([
    'urgent local web-1: failing',
    'urgent local web-2: failing',
  ]);
});
