import { METRICS } from '../../src/metrics/names.js';
import { ALERTS, ALERTS_SINCE, PROCESS, RECORDED, WATCHDOG } from '../../src/dashboards/series.js';
import { around, counter, type Add, type Every } from './add.js';

const DAY = 86_400;
const HOUR = 3_600;

/** Of one region that the fleet has: what the annotations and the table of replicas read. */
export async function addFurther(
  add: Add,
  every: Every,
  region: string,
  now: number,
): Promise<void> {
  const here = { region, instance: region };
  const started = now - 5 * DAY;
  const build = { ...here, version: '1.2.3', revision: 'abc1234', node: '20' };
  await add(METRICS.buildInfo.name, build, every.scrape, () => 1);
  await add(PROCESS.startTime, here, every.scrape, () => started);
  await add(METRICS.reloadTimestamp.name, here, every.scrape, () => started + HOUR);
  // Two samples in the two minutes that the annotation asks for, and a step in some of them, however far they are apart.
  const often = Math.min(every.scrape, 60);
  await add(METRICS.clockSteps.name, here, often, (time) => Math.floor(time / 600));
  const measured = { region, target: 'primary' };
  await add(RECORDED.excessOnPath, measured, every.quick, around(0.9));
  const replica = { region, target: 'replica' };
  const select = { ...replica, operation: 'select' };
  await add(RECORDED.medianNow, select, every.quick, around(0.01));
  await add(METRICS.replicationLag.name, replica, every.scrape, around(0.012));
  await add(METRICS.lastRunVisibilityDelay.name, replica, every.scrape, around(0.06));
}

/** Of the whole fleet: the alerts, one of which fires, and what belongs to a target. */
export async function addAlerts(
  add: Add,
  every: Every,
  region: string,
  now: number,
): Promise<void> {
  const target = { target: 'primary' };
  await add(RECORDED.writeCost, target, every.quick, around(0.002));
  await add(RECORDED.allSlow, target, every.quick, () => 0);
  const always = { alertname: WATCHDOG, alertstate: 'firing', severity: 'none' };
  await add(ALERTS, always, every.rule, () => 1);
  for (const severity of ['page', 'ticket']) {
    const alert = { ...target, alertname: `PglatencyRegion${severity}`, severity, region };
    const from = now - 6 * HOUR;
    const since = (time: number) => (time >= from ? from : null);
    const pending = (time: number) => (time >= from && time < from + 600 ? 1 : null);
    const firing = (time: number) => (time >= from + 600 ? 1 : null);
    await add(ALERTS_SINCE, alert, every.rule, since);
    await add(ALERTS, { ...alert, alertstate: 'pending' }, every.rule, pending);
    await add(ALERTS, { ...alert, alertstate: 'firing' }, every.rule, firing);
  }
}

/** Of the region whose dashboard is looked at. */
export async function addDeep(add: Add, every: Every, region: string, now: number): Promise<void> {
  const here = { region, instance: region };
  const measured = { region, target: 'primary' };
  const ofTarget = {
    [METRICS.targetUp.name]: () => 1,
    [METRICS.lastRunTimestamp.name]: (time: number) => time - 20,
    [METRICS.lastSuccessTimestamp.name]: (time: number) => time - 20,
    [METRICS.certificateNotAfter.name]: () => now + 60 * DAY,
    [METRICS.probeTableRows.name]: () => 660,
  };
  for (const [name, value] of Object.entries(ofTarget)) {
    await add(name, measured, every.scrape, value);
  }
  for (const phase of ['dns', 'tcp', 'tls', 'startup']) {
    await add(METRICS.lastRunConnectPhase.name, { ...measured, phase }, every.scrape, around(0.1));
  }
  const failed = { ...measured, reason: 'unreachable' };
  await add(METRICS.connectAttemptFailures.name, failed, every.scrape, counter(0.016));
  const ofProcess = {
    [PROCESS.residentMemory]: around(95e6),
    [PROCESS.heapUsed]: around(31e6),
    [PROCESS.loopLagP50]: around(0.0104),
    [PROCESS.loopLagP99]: around(0.0118),
    [PROCESS.cpu]: counter(0.01),
    [METRICS.workerRestarts.name]: () => 0,
    [METRICS.tunnelLastHandshake.name]: (time: number) => time - 45,
    [METRICS.tunnelReceiveBytes.name]: counter(700),
    [METRICS.tunnelTransmitBytes.name]: counter(350),
  };
  for (const [name, value] of Object.entries(ofProcess)) {
    await add(name, here, every.scrape, value);
  }
  for (const reason of ['overlap', 'missed']) {
    await add(METRICS.scheduleSkipped.name, { ...here, reason }, every.scrape, () => 0);
  }
  const scheduled = { ...measured, trigger: 'schedule' };
  const asked = { ...here, method: 'GET', route: '/metrics', status: '200' };
  for (const [name, labels, bounds] of [
    [METRICS.scheduleDelay.name, here, [0.005, 0.01, 0.025]],
    [METRICS.runDuration.name, scheduled, [0.5, 2.5, 10]],
    [METRICS.httpRequestDuration.name, asked, [0.001, 0.0025, 0.005]],
  ] as const) {
    for (const le of [...bounds, '+Inf']) {
      const count = counter(le === bounds[0] ? 0 : 0.016);
      await add(`${name}_bucket`, { ...labels, le: String(le) }, every.scrape, count);
    }
  }
}
