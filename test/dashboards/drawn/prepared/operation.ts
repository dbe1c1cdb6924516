import { CONNECT_BUCKETS, METRICS, OPERATION_BUCKETS } from '../../../../src/metrics/names.js';
import { RECORDED } from '../../../../src/dashboards/series.js';
import { OBJECTIVE_BOUNDS } from '../../../../src/rules/objective.js';
import { momentsOf, normalOf, type Target } from './moments.js';
import { buckets, counting } from './process.js';
import type { SeriesSink, ValueAt } from './series.js';
import type { Prepared, PreparedRegion } from './states.js';

export const OPERATIONS = ['ping', 'select', 'insert', 'connect'] as const;
type Operation = (typeof OPERATIONS)[number];
const ROUND_TRIPS: Readonly<Record<Operation, number>> = {
  ping: 1,
  select: 1,
  insert: 1,
  connect: 5,
};
/** Seconds, beside the path. */
export const ON_TOP: Readonly<Record<Operation, number>> = {
  ping: 0,
  select: 0.0004,
  insert: 0.0025,
  connect: 0.004,
};

export function writeOperation(
  series: SeriesSink,
  state: Prepared,
  target: Target,
  region: PreparedRegion,
  operation: Operation,
): void {
  if (target.follows !== undefined && operation === 'insert') return;
  const labels = { fleet: state.name, target: target.name, region: region.code, operation };
  const at = momentsOf(state, region);
  const normal = normalOf(state, target, region) * ROUND_TRIPS[operation] + ON_TOP[operation];
  const share = operation === 'ping' ? (region.onPath ?? 1) : 1;
  const noConnect = operation === 'connect' && region.state === 'no new connections';
  const times = (time: number) => (at.bad(time) ? 1 + ((region.times ?? 1) - 1) * share : 1);
  const value = at.measured((time) => (noConnect && at.bad(time) ? null : normal * times(time)));
  const unready = ['waiting', 'no normal yet'].includes(region.state ?? '');
  const last = { ...labels, statistic: 'median' };
  // The first run has ended, and its figures are there.
  const first = region.state === 'waiting' ? at.alive(() => normal) : value;
  series.add(METRICS.lastRunOperation.name, last, first);
  series.add(RECORDED.medianNow, labels, value);
  if (!unready) {
    series.add(
      RECORDED.baseline,
      labels,
      at.alive(() => normal),
    );
    series.add(RECORDED.ratioNow, labels, (time) => {
      const now = value(time);
      return now === null ? null : now / normal;
    });
  }
  // A young region's operations succeed as well, though there is no median yet.
  const succeeded = region.state === 'waiting' ? first : value;
  const successes = (time: number) =>
    counting(10)(Math.min(time, succeeded(time) === null ? at.since : time));
  series.add(METRICS.operations.name, { ...labels, outcome: 'success' }, at.alive(successes));
  const slow = normal * (1 + ((region.times ?? 1) - 1) * share);
  const within = (bound: number) =>
    at.alive((time) => successes(bound < slow ? Math.min(time, at.since) : time));
  writeHistogram(series, labels, normal, within);
  if (operation === 'connect' || operation === 'ping') return;
  // Of runs that do not end, nothing is counted.
  const counted = (value: ValueAt): ValueAt =>
    at.alive((time) => (region.state === 'stale' && at.bad(time) ? null : value(time)));
  series.add(
    RECORDED.counted,
    labels,
    counted(() => 600),
  );
  for (const le of OBJECTIVE_BOUNDS) {
    if (le < 0.2 || le > 0.5) continue;
    const fast = (time: number) => ((succeeded(time) ?? Infinity) <= le ? 600 : 0);
    series.add(RECORDED.within, { ...labels, le: String(le) }, counted(fast));
  }
}

function writeHistogram(
  series: SeriesSink,
  labels: Readonly<Record<string, string>>,
  normal: number,
  within: (bound: number) => ValueAt,
): void {
  // From the one below: a quantile is sought between a bucket's own bound and that.
  const all = labels.operation === 'connect' ? CONNECT_BUCKETS : OPERATION_BUCKETS;
  const first = all.findIndex((bound) => bound > normal / 1.2);
  const near = all.slice(Math.max(first - 1, 0)).filter((bound) => bound < normal * 2.2);
  buckets(series, METRICS.operationDuration.name, labels, near, (bound) =>
    bound >= normal ? within(bound) : (time) => (within(bound)(time) === null ? null : 0),
  );
}
