import type { Series } from './exposition.js';

/**
 * What PromQL's `histogram_quantile` says of a histogram: linear within the bucket of that rank.
 * `buckets` are the `_bucket` series of one histogram. NaN where nothing was counted.
 */
export function histogramQuantile(q: number, buckets: readonly Series[]): number {
  const sorted = buckets
    .map(({ labels, value }) => ({
      bound: labels['le'] === '+Inf' ? Infinity : Number(labels['le']),
      count: value,
    }))
    .sort((a, b) => a.bound - b.bound);
  const rank = q * (sorted.at(-1)?.count ?? NaN);
  const at = sorted.findIndex(({ count }) => count >= rank);
  const { bound, count } = sorted[at] ?? { bound: NaN, count: NaN };
  const below = sorted[at - 1] ?? { bound: 0, count: 0 };
  if (bound === Infinity) return below.bound;
  return below.bound + ((bound - below.bound) * (rank - below.count)) / (count - below.count);
}
