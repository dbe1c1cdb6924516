import { OPERATION_BUCKETS } from '../metrics/names.js';
import type { Recording } from './rule.js';

/** Milliseconds: what somebody may want to promise; the nearest bound of the histogram is what is offered. */
const WANTED_MS = [0.5, 1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 1000];

/** Seconds. Only the histogram's own bounds: what lies between two of them was not counted apart. */
export const OBJECTIVE_BOUNDS: readonly number[] = [...new Set(WANTED_MS.map(nearestBound))];

export function nearestBound(wantedMs: number): number {
  const distance = (bound: number) => Math.abs(Math.log((bound * 1_000) / wantedMs));
  return OPERATION_BUCKETS.reduce((best, bound) =>
    distance(bound) < distance(best) ? bound : best,
  );
}

export const WITHIN_RECORD =
  'region_operation_le:pglatency_operation_duration_seconds_bucket:increase_10m';
export const COUNT_RECORD = 'region_operation:pglatency_operations:increase_10m';

/** Prometheus 3 writes 1 as 1.0. */
export const boundMatcher = (bound: string) => `le=~"${bound}([.]0)?"`;

/** One of these bounds. */
export function boundsMatcher(bounds: readonly (number | string)[]): string {
  return boundMatcher(
    `(${bounds.map((bound) => String(bound).replace(/[.+]/, '[$&]')).join('|')})`,
  );
}

/**
 * What the dashboard of the objectives sums over days. Each five minutes, and twice as far back, so that no run
 * falls between two of them; each run counts twice, and the sums are only divided by each other.
 * A promise is about queries: a ping is the path alone, and a connection is made once.
 */
export function objectiveRules(): Recording[] {
  return [
    {
      record: WITHIN_RECORD,
      expr: `sum by (fleet, target, region, operation, le) (increase(pglatency_operation_duration_seconds_bucket{operation!~"connect|ping", ${boundsMatcher(OBJECTIVE_BOUNDS)}}[10m]))`,
    },
    {
      record: COUNT_RECORD,
      expr: `sum by (fleet, target, region, operation) (increase(pglatency_operations_total{operation!~"connect|ping"}[10m]))`,
    },
  ];
}
