import { describe, expect, it } from 'vitest';
import type { RunResult, Sample } from '../probe/results/result.js';
import { createHistory, type History } from './history.js';

interface Took {
  readonly ping?: number;
  /** null: it timed out. */
  readonly read?: number | null;
  readonly insert?: number;
}

const NORMAL = { ping: 98, read: 100, insert: 104 };
const MINUTE_S = 60;

/** A run a minute, each of one round. */
function measure(history: History, runs: readonly Took[]): void {
  const from = Math.round((history.read('primary').ended_at_s.at(-1) ?? 0) / MINUTE_S);
  runs.forEach((took, i) => history.add(runOf((from + i + 1) * MINUTE_S, { ...NORMAL, ...took })));
}

function runOf(endS: number, { ping, read, insert }: Required<Took>): RunResult {
  const sample = (durationMs: number): Sample => ({ ok: true, durationMs });
  const late: Sample = { ok: false, reason: 'timeout', message: 'no answer within 1 s' };
  return {
    target: 'primary',
    trigger: 'schedule',
    iterations: 1,
    startedAt: endS * 1_000 - 500,
    durationMs: 500,
    outcome: read === null ? 'partial' : 'success',
    samples: {
      connect: [sample(500)],
      ping: [sample(ping)],
      select: [read === null ? late : sample(read)],
      insert: [sample(insert)],
    },
    tableRows: 0,
    replica: null,
    connection: null,
    failedAttempts: [],
    pooler: false,
    retentionFailure: null,
  };
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const at = (run: number) => new Date(run * MINUTE_S * 1_000).toISOString();
const PATH = { ping: 138, read: 140, insert: 144 };

/** With thirty ordinary runs. */
function started(): History {
  const history = createHistory();
  measure(history, times(30, {}));
  return history;
}

describe('what is normal for a target', () => {
  it('is unknown at first, and says from how many runs', () => {
    const history = createHistory();
    expect(history.judgement('primary')).toMatchObject({ runs: 0, read: null, incidents: [] });
    measure(history, times(19, {}));
    expect(history.judgement('primary')).toMatchObject({ runs: 19, read: null });
    measure(history, [{}]);
    expect(history.judgement('primary')).toMatchObject({ runs: 20, read: { normal_ms: 100 } });
  });

  it('puts the latest run into proportion, and judges by three', () => {
    const history = started();
    measure(history, [PATH]);
    expect(history.judgement('primary').read).toMatchObject({ ratio: 1.4, level: 'normal' });
    measure(history, [PATH]);
    const { read, cause } = history.judgement('primary');
    expect(read).toEqual({
      ...{ normal_ms: 100, low_ms: 85, high_ms: 115, ratio: 1.4, level: 'slow' },
    });
    expect(cause).toBe('path');
  });

  it('has no ratio where the latest run measured no read', () => {
    const history = started();
    measure(history, [{ read: null }]);
    expect(history.judgement('primary').read).toMatchObject({ ratio: null, level: 'normal' });
    measure(history, times(2, { read: null }));
    expect(history.judgement('primary').read).toMatchObject({ ratio: null, level: null });
  });
});

describe('the incidents', () => {
  it('begin with the second of three slow runs, and say from when to when, how much and where', () => {
    const history = started();
    measure(history, [PATH]);
    expect(history.judgement('primary').incidents).toEqual([]);
    measure(history, [PATH]);
    const incident = {
      ...{ kind: 'slow', from: at(31), to: null, runs: 2, operations: ['select', 'insert'] },
      ...{ normal_ms: 100, typical_ms: 140, ratio: 1.4, cause: 'path', failures: [] },
    };
    expect(history.judgement('primary').incidents).toEqual([incident]);
    measure(history, [{}, PATH, {}]);
    expect(history.judgement('primary').incidents[0]).toMatchObject({ to: at(34), runs: 3 });
    measure(history, times(60, {}));
    expect(history.judgement('primary').incidents).toHaveLength(1);
  });

  it('tell the database from the path', () => {
    const history = started();
    measure(history, times(3, { read: 150 }));
    measure(history, times(3, {}));
    measure(history, times(3, { insert: 160 }));
    measure(history, times(3, {}));
    measure(history, times(3, { ping: 123, read: 150, insert: 160 }));
    expect(history.judgement('primary').incidents).toMatchObject([
      { operations: ['select'], cause: 'database', ratio: 1.5 },
      { operations: ['insert'], cause: 'database', normal_ms: 104, typical_ms: 160 },
      { operations: ['select', 'insert'], cause: 'both', to: null },
    ]);
  });

  it('are not made by one slow run', () => {
    const history = started();
    measure(history, [PATH, {}, {}, PATH, {}, {}, PATH]);
    expect(history.judgement('primary').incidents).toEqual([]);
  });

  it('are begun by a failure, with its reasons, also before there is a normal', () => {
    const history = createHistory();
    measure(history, [{}, { read: null }, { read: null }, {}, {}, {}]);
    expect(history.judgement('primary').incidents).toEqual([
      {
        ...{ kind: 'failures', from: at(2), to: at(3), runs: 2, operations: ['select'] },
        ...{ normal_ms: null, typical_ms: null, ratio: null, cause: null },
        failures: [{ operation: 'select', reason: 'timeout', count: 2 }],
      },
    ]);
  });

  it('are kept as long as the runs, and one that goes on for ever takes no more room', () => {
    const history = createHistory(100);
    measure(history, [...times(30, {}), ...times(4, PATH), ...times(64, {})]);
    expect(history.judgement('primary').incidents).toHaveLength(1);
    measure(history, times(60, {}));
    expect(history.judgement('primary').incidents).toEqual([]);
    measure(history, times(400, { read: null }));
    expect(history.judgement('primary').incidents).toMatchObject([{ runs: 400, to: null }]);
  });
});
