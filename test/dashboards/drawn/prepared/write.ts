import { join } from 'node:path';
import { importOpenMetrics } from '../../../../src/replay/prometheus.js';
import { METRICS } from '../../../../src/metrics/names.js';
import { regionOf } from '../../../../src/regions/regions.js';
import {
  ALERTS,
  ALERTS_SINCE,
  PROCESS,
  RECORDED,
  WATCHDOG,
} from '../../../../src/dashboards/series.js';
import { writeMeasured } from './measured.js';
import { writeProcess } from './process.js';
import { createSeries, minutesAgo, NOW, type SeriesSink } from './series.js';
import { STATES, type Prepared, type PreparedRegion } from './states.js';

/** Makes the blocks of all prepared states in a folder: one Prometheus, a fleet a state. */
export async function writeStates(folder: string, states = STATES): Promise<void> {
  const series = createSeries();
  const watchdog = { alertname: WATCHDOG, alertstate: 'firing', severity: 'none' };
  series.add(ALERTS, watchdog, 1);
  for (const state of states) writeState(series, state);
  const file = join(folder, 'series.om');
  await series.write(file);
  await importOpenMetrics(file, folder);
}

function writeState(series: SeriesSink, state: Prepared): void {
  const fleet = state.name;
  const regions = new Map(
    state.targets.flatMap((target) => target.regions.map((r) => [r.code, r])),
  );
  for (const region of regions.values()) writeRegion(series, state, region);
  for (const { name, follows, regions: measured } of state.targets) {
    for (const region of measured) {
      writeMeasured(series, state, { name, follows }, region);
    }
    series.add(RECORDED.writeCost, { fleet, target: name }, 0.0021);
    const allSlow = measured.filter((r) => r.state === 'slow').length > measured.length / 2;
    series.add(RECORDED.allSlow, { fleet, target: name }, (time) =>
      allSlow && time >= minutesAgo(15) ? 1 : 0,
    );
  }
  for (const { alert, severity, minutes, labels } of state.alerts) {
    const all = { alertname: alert, severity, fleet, ...labels };
    const from = minutesAgo(minutes);
    // Firing some minutes after its condition came true.
    const firing = { ...all, alertstate: 'firing' };
    series.add(ALERTS, firing, (time) => (time >= from + 180 ? 1 : null));
    const pending = { ...all, alertstate: 'pending' };
    series.add(ALERTS, pending, (time) => (time >= from && time < from + 180 ? 1 : null));
    series.add(ALERTS_SINCE, all, (time) => (time >= from ? from : null));
  }
}

/** What a backend says of itself, whatever its targets are. */
function writeRegion(series: SeriesSink, state: Prepared, region: PreparedRegion): void {
  const labels = { fleet: state.name, region: region.code };
  const gone = region.state === 'silent' ? minutesAgo(region.minutes ?? 1e6) : Infinity;
  const age = region.minutes ?? state.age;
  const young = state.age === undefined ? 0 : minutesAgo(age ?? 0);
  series.add(RECORDED.silent, labels, (time) => (time > gone + 60 ? 1 : 0));
  if (region.never === true) return;
  const here = { ...labels, instance: region.code };
  const alive = (value: number) => (time: number) => (time < gone && time >= young ? value : null);
  series.add(METRICS.scheduleInterval.name, here, alive(60));
  const { city, country, latitude, longitude } = regionOf(region.code);
  const place = {
    city,
    country: country ?? '',
    latitude: String(latitude ?? ''),
    longitude: String(longitude ?? ''),
  };
  series.add(METRICS.regionInfo.name, { ...here, ...place }, alive(1));
  series.add(
    METRICS.buildInfo.name,
    { ...here, version: '1.2.3', revision: 'abc1234', node: '20' },
    alive(1),
  );
  const started = Math.max(NOW - 86_400 * 9, young);
  series.add(PROCESS.startTime, here, alive(started));
  if (region.code === state.region) writeProcess(series, here, alive);
}
