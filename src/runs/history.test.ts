import { describe, expect, it } from 'vitest';
import { HISTORY_COLUMNS } from './columns.js';
import { createHistory, HISTORY_RUNS } from './history.js';
import type { RunResult, Sample } from '../probe/results/result.js';

/** The run that ends in second `endS`, all of whose operations took `ms`; null: the reads timed out. */
function run(endS: number, ms: number | null, target = 'primary'): RunResult {
  const sample: Sample = { ok: true, durationMs: ms ?? 1 };
  const late: Sample = { ok: false, reason: 'timeout', message: 'no answer within 1 s' };
  return {
    target,
    trigger: 'schedule',
    iterations: 1,
    startedAt: endS * 1_000 - 500,
    durationMs: 500,
    outcome: ms === null ? 'partial' : 'success',
    samples: {
      connect: [sample],
      ping: [sample],
      select: [ms === null ? late : sample],
      insert: [sample],
    },
    tableRows: 0,
    replica: null,
    connection: null,
    failedAttempts: [],
    pooler: false,
    retentionFailure: null,
  };
}

describe('the history', () => {
  it('keeps the latest runs up to its capacity, oldest first, and forgets the failures of the rest', () => {
    const history = createHistory(3);
    for (const [endS, ms] of [
      [1, null],
      [2, 20],
      [3, null],
      [4, 40.125],
      [5, 50],
    ] as const) {
      history.add(run(endS, ms));
    }
    expect(history.read('primary')).toMatchObject({
      ended_at_s: [3, 4, 5],
      iterations: [1, 1, 1],
      read_p50_ms: [null, 40.125, 50],
      insert_p50_ms: [1, 40.125, 50],
      failures: [{ ended_at_s: 3, operation: 'select', reason: 'timeout', count: 1 }],
    });
    expect(history.recent('primary', 'read_p50_ms', 2)).toEqual([40.125, 50]);
    expect(history.recent('primary', 'read_p50_ms', 9)).toEqual([null, 40.125, 50]);
  });

  it("keeps the phases of each run's connection, and null where there was none", () => {
    const history = createHistory();
    const phases = { dnsMs: null, tcpMs: 10.125, tlsMs: 30, startupMs: 40 };
    const facts = { address: null, tlsVersion: null, certificateNotAfterMs: null };
    history.add({ ...run(1, 80), connection: { phases, ...facts } });
    history.add(run(2, 80));
    expect(history.read('primary')).toMatchObject({
      connect_dns_ms: [null, null],
      connect_tcp_ms: [10.125, null],
      connect_tls_ms: [30, null],
      connect_startup_ms: [40, null],
    });
  });

  it('keeps a day at a run a minute, and no more, of each target by itself', () => {
    const history = createHistory();
    for (let endS = 1; endS <= HISTORY_RUNS + 100; endS += 1) history.add(run(endS, null));
    history.add(run(1, 7, 'replica'));
    const table = history.read('primary');
    expect(HISTORY_RUNS).toBe(24 * 60);
    expect(table.ended_at_s).toHaveLength(HISTORY_RUNS);
    expect(table.ended_at_s[0]).toBe(101);
    expect(table.failures).toHaveLength(HISTORY_RUNS);
    for (const column of HISTORY_COLUMNS) expect(table[column]).toHaveLength(HISTORY_RUNS);
    expect(history.read('replica').read_p50_ms).toEqual([7]);
    expect(history.read('unknown').ended_at_s).toEqual([]);
  });
});
