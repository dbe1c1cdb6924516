import type { FleetRow } from './row.js';

/**
 * The rows, ranked from 1 by the median read, then the median insert, then the region's code, then its machine. A row
 * whose reads were not measured comes last, without a rank.
 */
export function rankRows<R extends FleetRow>(rows: readonly R[]): R[] {
  return [...rows].sort(compareRows).map((row, index) => ({
    ...row,
    rank: row.read_p50_ms === null ? null : index + 1,
  }));
}

function compareRows(a: FleetRow, b: FleetRow): number {
  return (
    compareMeasured(a.read_p50_ms, b.read_p50_ms) ||
    compareMeasured(a.insert_p50_ms, b.insert_p50_ms) ||
    compareText(a.region, b.region) ||
    compareText(a.machine_short ?? '', b.machine_short ?? '') ||
    compareText(a.target ?? '', b.target ?? '')
  );
}

/** Nothing measured comes after everything measured. */
function compareMeasured(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a - b;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
