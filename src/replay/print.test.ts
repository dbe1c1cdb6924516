import { expect, test } from 'vitest';
import { toText } from './print.js';
import type { Report } from './report.js';

const alert = {
  alert: 'PglatencyRegionSurged',
  severity: 'page',
  labels: { fleet: 'shop', region: 'nrt', target: 'primary' },
  from: '2026-11-02T01:03:00Z',
  to: '2026-11-02T01:10:00Z',
  seconds: 420,
  goes_on: false,
};

const report = (to: string, alerts: number): Report => ({
  fleet: 'shop',
  from: '2026-11-02T00:00:00Z',
  to,
  history: { from: '2026-11-01T00:00:00Z', to, samples: 9 },
  alerts: Array.from({ length: alerts }, () => alert),
  by_alert: [],
  thresholds: [],
});

test('says how many alerts, and that a week is calculated where less was replayed', () => {
  const short = toText(report('2026-11-02T00:16:00Z', 1));
  expect(short).toContain('one alert would have fired.');
  expect(short).toContain(
    'Only 16 min were replayed: what is said of a week is calculated from that.',
  );
  expect(toText(report('2026-11-02T00:16:00Z', 2))).toContain('2 alerts would have fired.');
  expect(toText(report('2026-11-09T00:00:00Z', 1))).not.toContain('Only');
  const none = toText(report('2026-11-02T00:16:00Z', 0));
  expect(none).toContain('no alert would have fired.');
  expect(none).not.toContain('a week');
});
