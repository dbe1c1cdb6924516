import type { RunResult } from '../probe/results/result.js';
import { failuresOf, summariseRun } from '../probe/results/summary.js';
import { HISTORY_COLUMNS, type HistoryColumn, type HistoryFailure } from './columns.js';
import { createJudge, type Judgement } from './judge.js';

/** Oldest first; null: not measured. */
export type HistoryTable = Record<HistoryColumn, (number | null)[]> & {
  ended_at_s: number[];
  iterations: number[];
  failures: HistoryFailure[];
};

/** The latest scheduled runs of each target, in bounded memory. */
export interface History {
  add(result: RunResult): void;
  forget(target: string): void;
  read(target: string): HistoryTable;
  /** The latest `count` runs' figures of one column, oldest first. */
  recent(target: string, column: HistoryColumn, count: number): (number | null)[];
  /** What is normal for a target, and what was not. */
  judgement(target: string): Judgement;
}

/** A day at a run a minute. */
export const HISTORY_RUNS = 1_440;

/** Figures are kept as 32-bit floats, which hold a latency to seven digits. */
export function createHistory(capacity = HISTORY_RUNS): History {
  const targets = new Map<string, Ring>();
  const empty = createRing(1);
  const ringOf = (target: string) => targets.get(target) ?? empty;
  return {
    add(result) {
      const ring = targets.get(result.target) ?? createRing(capacity);
      targets.set(result.target, ring);
      ring.add(result);
    },
    forget: (target) => void targets.delete(target),
    read: (target) => ringOf(target).read(),
    recent: (target, column, count) => ringOf(target).column(column, count),
    judgement: (target) => ringOf(target).judgement(),
  };
}

type Ring = ReturnType<typeof createRing>;

function createRing(capacity: number) {
  const columns = HISTORY_COLUMNS.map(() => new Float32Array(capacity));
  let added = 0;
  const endedAt: number[] = [];
  const iterations: number[] = [];
  const failures: HistoryFailure[][] = [];
  const judge = createJudge();

  /** NaN: not measured. */
  const latest = (name: HistoryColumn, count: number): Float32Array => {
    const ring = columns[HISTORY_COLUMNS.indexOf(name)] as Float32Array;
    const kept = Math.min(count, added, capacity);
    const end = added % capacity;
    if (kept <= end) return ring.slice(end - kept, end);
    const found = new Float32Array(kept);
    found.set(ring.subarray(capacity - (kept - end)));
    found.set(ring.subarray(0, end), kept - end);
    return found;
  };
  const column = (name: HistoryColumn, count = capacity) =>
    Array.from(latest(name, count), fromFloat);
  return {
    add(result: RunResult) {
      const endedAtS = Math.round(result.startedAt + result.durationMs) / 1_000;
      endedAt.push(endedAtS);
      iterations.push(result.iterations);
      failures.push(toFailures(result, endedAtS));
      if (endedAt.length > capacity) {
        for (const list of [endedAt, iterations, failures]) list.shift();
      }
      toFigures(result).forEach((ms, i) => {
        (columns[i] as Float32Array)[added % capacity] = ms ?? NaN;
      });
      added += 1;
      judge.add({ endedAtS: endedAt, latest, failures: failures.at(-1) ?? NO_FAILURES });
    },
    column,
    judgement: judge.read,
    read(): HistoryTable {
      const table = HISTORY_COLUMNS.map((name) => [name, column(name)] as const);
      return {
        ...(Object.fromEntries(table) as Record<HistoryColumn, (number | null)[]>),
        ended_at_s: [...endedAt],
        iterations: [...iterations],
        failures: failures.flat(),
      };
    },
  };
}

const NO_FAILURES: HistoryFailure[] = [];

function toFailures(result: RunResult, endedAtS: number): HistoryFailure[] {
  const list = failuresOf(summariseRun(result)).map(({ operation, reason, count }) => ({
    ended_at_s: endedAtS,
    operation,
    reason,
    count,
  }));
  return list.length === 0 ? NO_FAILURES : list;
}

/** In the order of HISTORY_COLUMNS. */
function toFigures(result: RunResult): (number | null | undefined)[] {
  const { connect, ping, select, insert } = summariseRun(result);
  const phases = result.connection?.phases;
  const { statistics: read } = select;
  const { statistics: write } = insert;
  return [
    connect.statistics.p50,
    ...[phases?.dnsMs, phases?.tcpMs, phases?.tlsMs, phases?.startupMs],
    ping.statistics.p50,
    ...[read.min, read.p50, read.p95, read.max],
    ...[write.min, write.p50, write.p95, write.max],
  ];
}

/** To the microsecond; the rest is the float's own noise. */
function fromFloat(ms: number): number | null {
  return Number.isNaN(ms) ? null : Math.round(ms * 1_000) / 1_000;
}
