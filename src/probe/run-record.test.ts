import { expect, test } from 'vitest';
import { BUILT_IN_OPERATIONS, NO_TLS, type OwnQuery, type Target } from '../config/target.js';
import type { Failure, Operation } from './results/result.js';
import { recordRun } from './run-record.js';

const query = (name: string, everyRuns: number): OwnQuery => ({
  operation: `query_${name}`,
  sql: 'SELECT 1',
  parameters: [],
  everyRuns,
  timeoutMs: 1_000,
  buckets: 'operation',
});

const target: Target = {
  name: 'primary',
  mode: 'read-write',
  host: '127.0.0.1',
  port: 5432,
  user: 'u',
  password: null,
  database: 'd',
  tls: NO_TLS,
  operationTimeoutMs: 1_000,
  operations: BUILT_IN_OPERATIONS,
  queries: [],
  probeSchema: null,
  pooler: false,
  replicaOf: null,
};

const lost: Failure = { ok: false, reason: 'internal', message: "the probe's thread ended" };

/** A run of two rounds of which these samples are known. */
function after(known: readonly Operation[], change: Partial<Target> = {}) {
  const record = recordRun({ ...target, ...change }, { trigger: 'schedule', iterations: 2 });
  const taken = known.map((operation) =>
    record.add({ operation, round: 1, rounds: 2, sample: { ok: true, durationMs: 1 } }),
  );
  const owed = record.owed(lost).map(({ operation }) => operation);
  return { record, taken, owed };
}

test('a run that was cut short owes a failure of each operation without a sample', () => {
  expect(after([]).owed).toEqual(['connect', 'ping', 'select', 'insert']);
  expect(after(['connect', 'ping']).owed).toEqual(['select', 'insert']);
});

test('where each has one, it owes one of each whose rounds are not all known', () => {
  const { owed } = after(['connect', 'ping', 'select', 'insert', 'ping']);
  expect(owed).toEqual(['select', 'insert']);
});

test('an own query that not every run has is not owed', () => {
  const queries = [query('each', 1), query('third', 3)];
  expect(after(['connect', 'ping', 'select', 'insert'], { queries }).owed).toEqual(['query_each']);
});

test('more than a run can have is not taken', () => {
  expect(after(['connect', 'connect']).taken).toEqual([true, false]);
  expect(after(['ping', 'ping', 'ping']).taken).toEqual([true, true, false]);
  expect(after(['query_of_nobody']).taken).toEqual([false]);
});

test('the result keeps what is known, and says why the rest is not', () => {
  const { record } = after(['connect']);
  expect(record.result('failure', lost)).toMatchObject({
    outcome: 'failure',
    samples: { connect: [{ ok: true }], ping: [] },
    retentionFailure: lost,
    replica: null,
  });
  const replica = after(['connect'], { mode: 'read-only', replicaOf: 'other' });
  expect(replica.record.result('failure', lost)).toMatchObject({
    retentionFailure: null,
    replica: { lagMs: null, visibility: lost },
  });
});
