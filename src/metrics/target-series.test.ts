import { expect, test } from 'vitest';
import type { BucketLayout } from '../config/target.js';
import { createTargetSeries, type MeasuredTarget, type SeriesHooks } from './target-series.js';

function target(
  name: string,
  operations: MeasuredTarget['operations'],
  query?: { name: string; buckets: BucketLayout },
  mode: MeasuredTarget['mode'] = 'read-write',
): MeasuredTarget {
  const defaults = { sql: 'SELECT 1', parameters: [], everyRuns: 1, timeoutMs: 100 };
  const operation = `query_${query?.name ?? ''}` as const;
  const queries = query ? [{ ...defaults, operation, buckets: query.buckets }] : [];
  return { name, mode, replicaOf: null, operations, queries };
}

/** What happens when one list of targets follows another, in order. */
function changes(before: MeasuredTarget[], after: MeasuredTarget[]): string[] {
  const series = createTargetSeries();
  const log: string[] = [];
  const hooks: SeriesHooks = {
    addTarget: (name) => log.push(`+ ${name}`),
    removeTarget: (name) => log.push(`- ${name}`),
    addReplica: (name) => log.push(`+ replica ${name}`),
    removeReplica: (name) => log.push(`- replica ${name}`),
    addOperation: (name, operation) =>
      log.push(`+ ${name} ${operation} ${series.layoutOf(name, operation)}`),
    removeOperation: (name, operation) =>
      log.push(`- ${name} ${operation} ${series.layoutOf(name, operation)}`),
  };
  series.replace(before, hooks);
  log.length = 0;
  series.replace(after, hooks);
  return log;
}

const primary = target('primary', ['connect', 'ping']);

test('what stays is left alone', () => {
  expect(changes([primary], [primary])).toEqual([]);
});

test('a target that comes, and one that goes', () => {
  const other = target('other', ['connect', 'ping']);
  expect(changes([primary], [primary, other])).toEqual([
    '+ other',
    '+ other connect connect',
    '+ other ping operation',
  ]);
  expect(changes([primary, other], [primary])).toEqual([
    '- other connect connect',
    '- other ping operation',
    '- other',
  ]);
});

test('an operation that comes, and one that goes', () => {
  const next = target('primary', ['connect', 'select']);
  expect(changes([primary], [next])).toEqual([
    '- primary ping operation',
    '+ primary select operation',
  ]);
});

test('a query in other buckets begins anew, and leaves its old ones first', () => {
  const coarse = target('primary', ['ping'], { name: 'q', buckets: 'connect' });
  const fine = target('primary', ['ping'], { name: 'q', buckets: 'operation' });
  expect(changes([coarse], [fine])).toEqual([
    '- primary query_q connect',
    '+ primary query_q operation',
  ]);
});

test('a target that becomes read-only, and read-write again, keeps the rest', () => {
  const replica = target('primary', ['connect', 'ping'], undefined, 'read-only');
  expect(changes([primary], [replica])).toEqual(['+ replica primary']);
  expect(changes([replica], [primary])).toEqual(['- replica primary']);
});
