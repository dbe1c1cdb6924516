import { METRICS } from '../../../../src/metrics/names.js';
import { PROCESS } from '../../../../src/dashboards/series.js';
import { NOW, type Labels, type SeriesSink, type ValueAt } from './series.js';

/** A counter that grows by so much a minute. */
export const counting = (aMinute: number) => (time: number) => ((time - NOW) / 60 + 600) * aMinute;

/** Cumulative buckets of values of which all are between the first bound and the second. */
export function buckets(
  series: SeriesSink,
  name: string,
  labels: Labels,
  bounds: readonly number[],
  valueAt: (bound: number) => ValueAt,
): void {
  for (const bound of [...bounds, Infinity]) {
    const le = bound === Infinity ? '+Inf' : String(bound);
    series.add(`${name}_bucket`, { ...labels, le }, valueAt(bound));
  }
}

/** The process, its schedule, its answers and its tunnel: of the region whose dashboard is looked at. */
export function writeProcess(
  series: SeriesSink,
  labels: Labels,
  alive: (value: number) => ValueAt,
): void {
  const counter = (aMinute: number) => (time: number) =>
    alive(1)(time) === null ? null : counting(aMinute)(time);
  const gauges = {
    [PROCESS.residentMemory]: 95e6,
    [PROCESS.heapUsed]: 31e6,
    [PROCESS.loopLagP50]: 0.0104,
    [PROCESS.loopLagP99]: 0.0118,
    [METRICS.workerRestarts.name]: 0,
    [METRICS.clockSteps.name]: 0,
    [METRICS.reloadTimestamp.name]: NOW - 1_500,
  };
  for (const [name, value] of Object.entries(gauges)) series.add(name, labels, alive(value));
  series.add(PROCESS.cpu, labels, counter(0.6));
  series.add(METRICS.tunnelLastHandshake.name, labels, (time) =>
    alive(1)(time) === null ? null : time - 45,
  );
  series.add(METRICS.tunnelReceiveBytes.name, labels, counter(42_000));
  series.add(METRICS.tunnelTransmitBytes.name, labels, counter(21_000));
  for (const reason of ['overlap', 'missed']) {
    series.add(METRICS.scheduleSkipped.name, { ...labels, reason }, alive(0));
  }
  buckets(series, METRICS.scheduleDelay.name, labels, [0.005, 0.01, 0.025], (bound) =>
    counter(bound >= 0.01 ? 1 : 0),
  );
  for (const route of ['/metrics', '/healthz']) {
    const request = { ...labels, method: 'GET', route, status: '200' };
    buckets(series, METRICS.httpRequestDuration.name, request, [0.001, 0.0025, 0.005], (bound) =>
      counter(bound >= 0.0025 ? 4 : 0),
    );
  }
}
