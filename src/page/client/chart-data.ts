import type { HistoryAnswer } from './api.js';

/** What a chart can show. `ping` is the path; `connect` is measured once a run. */
export const SHOWN = ['read', 'insert', 'ping', 'connect'] as const;
export type Shown = (typeof SHOWN)[number];

/** Columns for uPlot, by time in seconds; null: nothing. */
export interface ChartData {
  readonly times: number[];
  readonly p50: (number | null)[];
  readonly p95: (number | null)[];
  readonly smoothP50: (number | null)[];
  readonly smoothP95: (number | null)[];
}

/** Runs, of which a line shows the middle one. */
export const SMOOTHED_RUNS = 15;
/** Of intervals: a longer silence is a gap and not a line. */
const GAP_INTERVALS = 3;

/** One operation's figures since `sinceS`, with an empty moment wherever runs are missing. */
export function chartData(history: HistoryAnswer, shown: Shown, sinceS: number): ChartData {
  const p50 = mediansOf(history, shown);
  const p95 = shown === 'read' || shown === 'insert' ? history[`${shown}_p95_ms`] : [];
  const smooth = [rollingMedian(p50), rollingMedian(p95)] as const;
  const gapS = GAP_INTERVALS * (history.interval_s || 60);
  const data: ChartData = { times: [], p50: [], p95: [], smoothP50: [], smoothP95: [] };
  const push = (time: number, i: number) => {
    data.times.push(time);
    data.p50.push(p50[i] ?? null);
    data.p95.push(p95[i] ?? null);
    data.smoothP50.push(typeof p50[i] === 'number' ? (smooth[0][i] ?? null) : null);
    data.smoothP95.push(typeof p95[i] === 'number' ? (smooth[1][i] ?? null) : null);
  };
  history.ended_at_s.forEach((time, i) => {
    if (time < sinceS) return;
    const before = data.times.at(-1);
    if (before !== undefined && time - before > gapS) push((before + time) / 2, -1);
    push(time, i);
  });
  return data;
}

/** Each run's median. */
export function mediansOf(history: HistoryAnswer, shown: Shown): readonly (number | null)[] {
  return shown === 'connect' ? history.connect_ms : history[`${shown}_p50_ms`];
}

/** The median of each value and those before it, SMOOTHED_RUNS in all; absent ones do not count. */
export function rollingMedian(values: readonly (number | null)[]): (number | null)[] {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - SMOOTHED_RUNS + 1), i + 1);
    return quantile(
      window.filter((value) => value !== null),
      0.5,
    );
  });
}

/** With linear interpolation between the closest ranks; null without values. */
export function quantile(values: readonly number[], q: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? null : low + (high - low) * (at % 1);
}
