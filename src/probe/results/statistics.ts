/** Statistics of a set of durations, in the unit of its values; null where there is no value. */
export interface Statistics {
  readonly count: number;
  readonly min: number | null;
  readonly avg: number | null;
  readonly max: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** Sample standard deviation (n − 1); null below two values. */
  readonly stddev: number | null;
}

/** Statistics of `values`, in any order; finite numbers. */
export function summarise(values: readonly number[]): Statistics {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    min: sorted[0] ?? null,
    avg: mean(sorted),
    max: sorted.at(-1) ?? null,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    stddev: standardDeviation(sorted),
  };
}

/**
 * The `q`-quantile (0 to 1) of ascending values, interpolated linearly between the two nearest ranks:
 * definition 7 of Hyndman and Fan (1996), as in NumPy, R and PostgreSQL's percentile_cont.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number | null {
  const rank = (sorted.length - 1) * q;
  const lower = sorted[Math.floor(rank)];
  const upper = sorted[Math.ceil(rank)];
  if (lower === undefined || upper === undefined) return null;
  return lower + (upper - lower) * (rank - Math.floor(rank));
}

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardDeviation(values: readonly number[]): number | null {
  const average = mean(values);
  if (average === null || values.length < 2) return null;
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
