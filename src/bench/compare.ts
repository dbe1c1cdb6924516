import { z } from 'zod';
import type { FleetRow } from '../fleet/row.js';
import { readText } from './options.js';

const measured = z.number().min(0).nullable();
const baselineRows = z.array(
  z.object({ region: z.string(), read_p50_ms: measured, insert_p50_ms: measured }),
);
export type Baseline = z.infer<typeof baselineRows>;

/** The rows of an earlier `--format json`. @throws Error naming the file and what is wrong with it. */
export function readBaseline(path: string): Baseline {
  const text = readText('--compare', path);
  try {
    return baselineRows.parse(JSON.parse(text));
  } catch (error) {
    const expected = 'expected what `pglatency bench --format json` printed';
    throw new Error(`--compare ${path}: ${expected}`, { cause: error });
  }
}

export interface Change {
  readonly region: string;
  readonly operation: 'read' | 'insert';
  readonly beforeMs: number | null;
  readonly nowMs: number | null;
  /** 100 × (now − before) / before; null: one of them was not measured, or before was 0. */
  readonly percent: number | null;
  readonly worse: boolean;
}

/** Medians now against medians then; worse: by more than the threshold, or not measured any more. */
export function compareRows(
  rows: readonly FleetRow[],
  baseline: Baseline,
  thresholdPercent: number,
): Change[] {
  return rows.flatMap((row) =>
    (['read', 'insert'] as const).map((operation) => {
      const before = baseline.find(({ region }) => region === row.region);
      const beforeMs = before?.[`${operation}_p50_ms`] ?? null;
      const nowMs = row[`${operation}_p50_ms`];
      const percent =
        beforeMs === null || nowMs === null || beforeMs === 0
          ? null
          : (100 * (nowMs - beforeMs)) / beforeMs;
      const lost = beforeMs !== null && nowMs === null;
      const worse = lost || (percent ?? 0) > thresholdPercent;
      return { region: row.region, operation, beforeMs, nowMs, percent, worse };
    }),
  );
}

/** A line a change, for people. */
export function describeChanges(changes: readonly Change[]): string[] {
  return changes.map(({ region, operation, beforeMs, nowMs, percent, worse }) => {
    const figure = (ms: number | null) => (ms === null ? '–' : ms.toFixed(2)).padStart(8);
    const change = percent === null ? '–' : `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`;
    const line = `${region.padEnd(5)} ${operation.padEnd(6)} ${figure(beforeMs)} → ${figure(nowMs)} ms  ${change.padStart(9)}`;
    return worse ? `${line}  worse` : line;
  });
}
