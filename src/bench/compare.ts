import { z } from 'zod';
import type { FleetRow } from '../fleet/row.js';
import { nameOfRow } from '../fleet/table.js';
import { readText } from './options.js';

const measured = z.number().min(0).nullable();
const baselineRows = z.array(
  z.object({
    region: z.string(),
    /** An earlier version says none. */
    machine: z.string().nullable().default(null),
    read_p50_ms: measured,
    insert_p50_ms: measured,
  }),
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
  /** The region, and the machine where the region has several backends. */
  readonly backend: string;
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
  return rows.flatMap((row) => {
    const before = beforeOf(row, baseline);
    return (['read', 'insert'] as const).map((operation) => {
      const beforeMs = before?.[`${operation}_p50_ms`] ?? null;
      const nowMs = row[`${operation}_p50_ms`];
      const percent =
        beforeMs === null || nowMs === null || beforeMs === 0
          ? null
          : (100 * (nowMs - beforeMs)) / beforeMs;
      const lost = beforeMs !== null && nowMs === null;
      const worse = lost || (percent ?? 0) > thresholdPercent;
      return { backend: nameOfRow(row), operation, beforeMs, nowMs, percent, worse };
    });
  });
}

/** The same machine's, or the region's where it had one backend then and has one now: machines come and go. */
function beforeOf(
  { region, machine, machine_short }: FleetRow,
  baseline: Baseline,
): Baseline[number] | undefined {
  const ofRegion = baseline.filter((it) => it.region === region);
  const same = ofRegion.filter((it) => it.machine !== null && it.machine === machine);
  if (same.length === 1) return same[0];
  return ofRegion.length === 1 && machine_short === null ? ofRegion[0] : undefined;
}

/** A line a change, for people. */
export function describeChanges(changes: readonly Change[]): string[] {
  const longest = Math.max(5, ...changes.map(({ backend }) => backend.length));
  return changes.map(({ backend, operation, beforeMs, nowMs, percent, worse }) => {
    const figure = (ms: number | null) => (ms === null ? '–' : ms.toFixed(2)).padStart(8);
    const change = percent === null ? '–' : `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`;
    const line = `${backend.padEnd(longest)} ${operation.padEnd(6)} ${figure(beforeMs)} → ${figure(nowMs)} ms  ${change.padStart(9)}`;
    return worse ? `${line}  worse` : line;
  });
}
