import { METRICS } from '../../../../src/metrics/names.js';
import { RECORDED } from '../../../../src/dashboards/series.js';
import { codeOf } from '../../../../src/rules/states.js';
import { fails, momentsOf, normalOf, type Target } from './moments.js';
import { ON_TOP, OPERATIONS, writeOperation } from './operation.js';
import { buckets, counting } from './process.js';
import { NOW, type SeriesSink } from './series.js';
import type { Prepared, PreparedRegion } from './states.js';

/** What a region measures of a target, what the rules record of it, and its state. */
export function writeMeasured(
  series: SeriesSink,
  state: Prepared,
  target: Target,
  region: PreparedRegion,
): void {
  const base = { fleet: state.name, region: region.code };
  if (region.never === true) {
    series.add(RECORDED.state, base, codeOf('silent'));
    series.add(RECORDED.since, base, NOW - 86_400);
    return;
  }
  const labels = { ...base, target: target.name };
  const at = momentsOf(state, region);
  series.add(RECORDED.state, labels, at.state);
  const since = (time: number) => (at.bad(time) ? at.since : NOW - 86_400);
  series.add(RECORDED.since, labels, (time) => (at.state(time) === null ? null : since(time)));
  for (const operation of OPERATIONS) writeOperation(series, state, target, region, operation);
  writeFailures(series, labels, region, at);
  series.add(
    METRICS.targetUp.name,
    labels,
    at.alive((time) => (at.bad(time) && fails(region) ? 0 : 1)),
  );
  const runEnds = (time: number) =>
    (region.state === 'stale' ? Math.min(time, at.since) : time) - 20;
  series.add(METRICS.lastRunTimestamp.name, labels, at.alive(runEnds));
  const lastSuccess = (time: number) =>
    fails(region) ? Math.min(time, at.since) - 20 : runEnds(time);
  series.add(METRICS.lastSuccessTimestamp.name, labels, at.alive(lastSuccess));
  const end = NOW + 61.5 * 86_400;
  series.add(
    METRICS.certificateNotAfter.name,
    labels,
    at.alive(() => end),
  );
  series.add(
    METRICS.probeTableRows.name,
    labels,
    at.alive(() => 660),
  );
  const excess = (time: number) => (at.bad(time) ? (region.onPath ?? null) : null);
  series.add(RECORDED.excessOnPath, labels, at.alive(excess));
  const ping = normalOf(state, target, region);
  const share = (time: number) => {
    const extra = at.bad(time) ? (region.times ?? 1) - 1 : 0;
    const select = (ping + ON_TOP.select) * (1 + extra);
    return (ping * (1 + extra * (region.onPath ?? 1))) / select;
  };
  series.add(RECORDED.pathShare, labels, at.measured(share));
  if (target.follows !== undefined) writeReplica(series, labels);
  if (region.code !== state.region) return;
  const phases = { dns: 0.001, tcp: 1, tls: 2, startup: 2 };
  for (const [phase, times] of Object.entries(phases)) {
    const seconds = (time: number) =>
      times * normalOf(state, target, region) * (at.bad(time) ? (region.times ?? 1) : 1);
    // Those of the first run are there before there is a median.
    const value = region.state === 'waiting' ? at.alive(seconds) : at.measured(seconds);
    series.add(METRICS.lastRunConnectPhase.name, { ...labels, phase }, value);
  }
  const run = { ...labels, trigger: 'schedule' };
  buckets(series, METRICS.runDuration.name, run, [0.5, 2.5, 10], (bound) =>
    at.alive((time) => counting(bound >= 2.5 ? 1 : 0)(time)),
  );
}

function writeReplica(series: SeriesSink, labels: Readonly<Record<string, string>>): void {
  series.add(METRICS.replicationLag.name, labels, 0.012);
  series.add(METRICS.lastRunVisibilityDelay.name, labels, 0.0735);
}

function writeFailures(
  series: SeriesSink,
  labels: Readonly<Record<string, string>>,
  region: PreparedRegion,
  at: ReturnType<typeof momentsOf>,
): void {
  const { state } = region;
  const share = state === 'failing' ? 1 : state === 'some errors' ? 0.1 : 0;
  const ofConnects = state === 'failing' || state === 'no new connections' ? 1 : 0;
  const ratio = (value: number) => at.alive((time) => (at.bad(time) ? value : 0));
  series.add(RECORDED.failureRatio, labels, ratio(share));
  series.add(RECORDED.connectFailureRatio, labels, ratio(ofConnects));
  if (region.reason === undefined) return;
  const operation = region.state === 'no new connections' ? 'connect' : 'select';
  const failed = { ...labels, operation, reason: region.reason };
  const count = (time: number) => Math.max(0, time - at.since) / 60;
  series.add(METRICS.operationFailures.name, failed, at.alive(count));
}
