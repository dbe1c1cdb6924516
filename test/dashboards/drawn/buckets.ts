import type { Field } from './library.js';

/** A bucket's upper bound, in seconds. */
export const boundOf = ({ labels }: Field): string => labels?.['le'] ?? '';

const size = (field: Field): number => Number(boundOf(field).replace('+Inf', 'Infinity'));

/**
 * Prometheus's buckets hold all that is below their bound. Grafana's data source sorts them and subtracts the one below,
 * so a row of a heatmap holds what is in it alone. What was not measured stays null.
 */
export function separate(buckets: readonly Field[]): Field[] {
  const sorted = [...buckets].sort((a, b) => size(a) - size(b));
  return sorted.map((bucket, index) => ({
    ...bucket,
    values: bucket.values.map((value, row) =>
      value === null ? null : Number(value) - Number(sorted[index - 1]?.values[row] ?? 0),
    ),
  }));
}
