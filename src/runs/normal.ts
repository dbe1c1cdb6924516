import { quantile } from '../probe/results/statistics.js';

/** With fewer runs there is no normal: a few runs do not show what is usual. */
export const NEEDED_RUNS = 20;
/** Of the runs, the latest: what has just begun is judged, and does not judge. */
const LATEST_SHARE = 0.1;
const BAND_IN_DEVIATIONS = 3;
/** A band is at least that wide, above and below: as the alerts, which do not see less either. */
const LEAST_BAND_SHARE = 0.15;
const LEAST_BAND_MS = 1;

/** Milliseconds. */
export interface Normal {
  readonly normalMs: number;
  readonly lowMs: number;
  readonly highMs: number;
}

/**
 * The normal is the median of the runs' medians without the latest tenth of the runs; the band around it is three
 * times as wide as the median deviation from it (for a normal distribution, two standard deviations), and at least
 * 15 % and 1 ms. Median and median deviation hold while fewer than half of the runs are out of order.
 *
 * @param latencies the runs' medians, oldest first; what was not measured is left out.
 * @returns null: there are too few.
 */
export function normalOf(latencies: ArrayLike<number>): Normal | null {
  if (latencies.length < NEEDED_RUNS) return null;
  const all = Float64Array.from(latencies);
  const kept = all.subarray(0, -Math.ceil(all.length * LATEST_SHARE));
  const normalMs = medianOf(kept);
  if (normalMs === null) return null;
  const deviationMs = medianOf(kept.map((ms) => Math.abs(ms - normalMs))) ?? 0;
  const halfMs = Math.max(
    BAND_IN_DEVIATIONS * deviationMs,
    LEAST_BAND_SHARE * normalMs,
    LEAST_BAND_MS,
  );
  return { normalMs, lowMs: Math.max(0, normalMs - halfMs), highMs: normalMs + halfMs };
}

/** null without values. */
export function medianOf(values: ArrayLike<number>): number | null {
  return quantile(Float64Array.from(values).sort(), 0.5);
}
