import { expect, test } from 'vitest';
import { NO_TLS, type Target } from '../config/target.js';
import { toJson } from './json.js';
import { isAllAnswered, labelsOf, type Report } from './report.js';
import { tallyOf } from './tally.js';

const LOST = { ok: false, reason: 'timeout', message: 'no answer within 100 ms' } as const;

function target(more: Partial<Target> = {}): Target {
  return {
    ...{ name: 'URL', mode: 'read-only', host: 'db', port: 5432, user: 'app', password: 'secret' },
    ...{ database: 'app', tls: NO_TLS, operationTimeoutMs: 100, operations: ['ping'], queries: [] },
    ...{ probeSchema: null, pooler: false, replicaOf: null },
    ...more,
  };
}

function report(samples: Report['samples']): Report {
  return { label: 'db', target: target(), opened: null, samples, reconnections: 0 };
}

test('a lost sample is no latency', () => {
  const { sent, lost, statistics, failures } = tallyOf([{ ok: true, durationMs: 2 }, LOST]);
  expect({ sent, lost, max: statistics.max }).toEqual({ sent: 2, lost: 1, max: 2 });
  expect(failures).toEqual([{ reason: 'timeout', count: 1, message: LOST.message }]);
});

test('all are answered only where something was asked', () => {
  expect(isAllAnswered(report([{ ok: true, durationMs: 1 }]))).toBe(true);
  expect(isAllAnswered(report([{ ok: true, durationMs: 1 }, LOST]))).toBe(false);
  expect(isAllAnswered(report([]))).toBe(false);
});

test('what was not measured is null in JSON, and the password is nowhere', () => {
  const text = JSON.stringify(toJson([report([LOST])], 'query', 0));
  expect(JSON.parse(text)).toMatchObject({
    targets: [
      {
        connection: null,
        samples: [{ ms: null }],
        summary: { lost: 1, min_ms: null, p50_ms: null },
      },
    ],
  });
  expect(text).not.toContain('secret');
});

test.each([
  [[{}], ['db']],
  [
    [{ host: 'a' }, { host: 'b' }],
    ['a', 'b'],
  ],
  [
    [{ port: 1 }, { port: 2 }],
    ['db:1', 'db:2'],
  ],
  [
    [{ database: 'x' }, { database: 'y' }],
    ['db:5432/x', 'db:5432/y'],
  ],
  [
    [{ user: 'x' }, { user: 'y' }],
    ['x@db:5432/app', 'y@db:5432/app'],
  ],
  [
    [{}, {}],
    ['1 db', '2 db'],
  ],
])('labels tell targets apart: %j', (of, labels) => {
  expect(labelsOf(of.map(target), false)).toEqual(labels);
});
