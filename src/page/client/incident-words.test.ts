import { expect, test } from 'vitest';
import type { Incident } from './api.js';
import { describeIncident, describeTime } from './incident-words.js';

const slow: Incident = {
  ...{ kind: 'slow', from: '2026-11-29T23:50:10.123Z', to: '2026-11-30T00:03:10.000Z' },
  ...{ runs: 12, operations: ['select', 'insert'], normal_ms: 112, typical_ms: 146.7 },
  ...{ ratio: 1.3098, cause: 'path', failures: [] },
};

test('an incident says how much, and where', () => {
  expect(describeIncident(slow)).toBe(
    'reads and inserts 1.31 × their normal, 112.0 → 146.7 ms: the path',
  );
  const failures = [{ operation: 'select', reason: 'lock_timeout', count: 3 }] as const;
  expect(describeIncident({ ...slow, kind: 'failures', failures: [...failures] })).toBe(
    'failures: select lock timeout ×3',
  );
});

test('an incident says from when to when, across midnight too', () => {
  expect(describeTime(slow, 0)).toBe('11-29 23:50 to 11-30 00:03 UTC, 13 min, 12 runs');
  const now = Date.parse('2026-11-29T23:51:00Z');
  expect(describeTime({ ...slow, to: null, runs: 1 }, now)).toBe(
    '11-29 23:50 until now, still going on, 50 s, 1 run',
  );
});
