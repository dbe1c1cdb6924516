import { StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { METRICS, type ConnectPhase } from '../metrics/names.js';
import { fixedColour, range, timeSeries } from './panels.js';
import { IN_REGION, IN_TARGET, of, operation, RECORDED } from './series.js';

const HERE = [IN_TARGET, IN_REGION] as const;
const PATH = 'path (ping)';
const DATABASE = 'database';

/** What an operation's time is made of, from the run's own medians. */
export function timePanels() {
  return [parts(301, 'select'), parts(302, 'insert'), connection(), blame()];
}

/** Seconds: the median of the latest run. */
function latest(name: 'ping' | 'select' | 'insert'): string {
  const series = of(METRICS.lastRunOperation.name, ...HERE, operation(name), 'statistic="median"');
  return `max(${series})`;
}

function parts(id: number, name: 'select' | 'insert') {
  const what = name === 'select' ? 'the read' : 'the write and the flush of the log';
  return timeSeries(
    {
      id,
      title: `A${name === 'insert' ? 'n insert' : ' select'}: path and database`,
      description: `The path is a ping, the database is ${name} − ping: ${what}. The part that grew is the one to look at. If the database is fast, its part is nearly nothing.`,
      width: 8,
      height: 10,
      unit: 's',
      decimals: 1,
    },
    [
      range('path', latest('ping'), PATH),
      range('database', `clamp_min(${latest(name)} - ${latest('ping')}, 0)`, DATABASE),
    ],
  )
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .min(0)
    .overrideByName(PATH, [fixedColour('#5794F2')])
    .overrideByName(DATABASE, [fixedColour('#CA95E5')]);
}

/** From the socket upwards; `dns` is outside connect, so it is a line of its own. */
const PHASE_COLOURS = {
  tcp: '#5794F2',
  tls: '#37A2B0',
  startup: '#CA95E5',
  dns: '#8E8E8E',
} as const satisfies Record<ConnectPhase, string>;

function connection() {
  const phases = Object.keys(PHASE_COLOURS) as ConnectPhase[];
  const latestPhase = (phase: ConnectPhase) =>
    `max(${of(METRICS.lastRunConnectPhase.name, ...HERE, `phase="${phase}"`)})`;
  const panel = timeSeries(
    {
      id: 303,
      title: 'A new connection by phase',
      description:
        'What an application without a pool pays for each connection. tcp: one round trip. tls: the handshake. startup: authentication, and a new process on the server. The three add up to connect. dns (the dashed line) is the look-up of the name. connect does not include it. All three grew: the path. Only tls or startup: the server is short of processor time or of processes. Only tcp: a firewall or a load balancer. No tls: the connection is not encrypted.',
      width: 8,
      height: 10,
      unit: 's',
      decimals: 1,
    },
    phases.map((phase) => range(phase, latestPhase(phase), phase)),
  )
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .min(0);
  const coloured = phases.reduce(
    (built, phase) => built.overrideByName(phase, [fixedColour(PHASE_COLOURS[phase])]),
    panel,
  );
  return coloured.overrideByName('dns', [
    { id: 'custom.stacking', value: { mode: StackingMode.None, group: 'A' } },
    { id: 'custom.fillOpacity', value: 0 },
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
  ]);
}

function blame() {
  return timeSeries(
    {
      id: 304,
      title: 'Where the extra time is spent',
      description:
        'A select takes longer than normal. How much of the extra time does a ping take too? Near 100 % it is the path from this region, near 0 % the database. Look at it only during an incident: a normal select has no extra time, and this panel is empty.',
      width: 24,
      height: 6,
      unit: 'percentunit',
      decimals: 0,
      empty: 'Nothing is above normal, or nothing was measured',
    },
    [range('excess', `max(${of(RECORDED.excessOnPath, ...HERE)})`, 'on the path')],
  )
    .min(0)
    .max(1);
}
