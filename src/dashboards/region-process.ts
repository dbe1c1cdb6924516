import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { METRICS } from '../metrics/names.js';
import { REGION_WIDTH } from './headline.js';
import { colourNames, framed, range, rows, timeSeries } from './panels.js';
import { IN_REGION, IN_TARGET, of, ofBackend, PROCESS, quantileOf } from './series.js';

/** The backend's own health: a reader's reason to trust its numbers, or not to. */
export function processPanels() {
  return [
    loopLag(),
    processor(),
    memory(),
    restarts(),
    http(),
    tableRows(),
    handshake(),
    traffic(),
    build(),
  ];
}

/** Those that are asked most. */
const ROUTES = [
  '/metrics',
  '/healthz',
  '/api/benchmark',
  '/api/latest',
  '/api/fleet',
  '/api/history',
  '/api/health',
  '/',
];
const NO_TUNNEL = 'The backend uses no tunnel, or nothing was measured';
const SIZE = { width: 8, height: 8 } as const;

function loopLag() {
  return timeSeries(
    {
      id: 701,
      title: 'Event loop lag',
      description:
        'How late the event loop of the main thread is. The measurement has its own thread, but may share the processor. p99 below 20 ms is normal. Above 100 ms, do not trust the latencies of this region.',
      unit: 's',
      decimals: 1,
      ...SIZE,
    },
    [
      range('p50', `max(${ofBackend(PROCESS.loopLagP50)})`, 'p50'),
      range('p99', `max(${ofBackend(PROCESS.loopLagP99)})`, 'p99'),
    ],
  ).min(0);
}

function processor() {
  const used = `rate(${of(PROCESS.cpu, IN_REGION)}[$__rate_interval])`;
  return timeSeries(
    {
      id: 702,
      title: 'Processor',
      description:
        '100 % is one core. A backend uses a few per cent. Much more: somebody calls its API very often, or it has a bug. Then part of the latencies is the backend itself.',
      unit: 'percentunit',
      decimals: 1,
      ...SIZE,
    },
    [
      range(
        'cpu',
        `max(${used} and on (fleet, region, instance) ${METRICS.scheduleInterval.name})`,
        'used',
      ),
    ],
  )
    .min(0)
    .axisSoftMax(0.1);
}

function memory() {
  return timeSeries(
    {
      id: 703,
      title: 'Memory',
      description:
        'Resident memory, and the JavaScript heap in it. A level line is normal. A rise that does not end is a leak: restart the backend, and report a bug with this picture.',
      unit: 'bytes',
      decimals: 0,
      ...SIZE,
    },
    [
      range('resident', `max(${ofBackend(PROCESS.residentMemory)})`, 'resident'),
      range('heap', `max(${ofBackend(PROCESS.heapUsed)})`, 'heap'),
    ],
  ).min(0);
}

function restarts() {
  const started = `changes(${of(PROCESS.startTime, IN_REGION)}[1h]) and on (fleet, region, instance) ${METRICS.scheduleInterval.name}`;
  const thread = `sum(increase(${of(METRICS.workerRestarts.name, IN_REGION)}[1h]))`;
  // An hour back is not now: of a backend that is silent nothing is known.
  const heard = `max(${of(METRICS.scheduleInterval.name, IN_REGION)})`;
  return timeSeries(
    {
      id: 704,
      title: 'Restarts in an hour',
      description:
        'Restarts of the process, and of the thread that measures. A deployment restarts the process once. The thread restarts only after a crash. That is a bug: the log has its stack.',
      unit: 'none',
      decimals: 0,
      ...SIZE,
    },
    [
      range('process', `max(${started})`, 'process'),
      range('thread', `${thread} and on () ${heard}`, 'thread'),
    ],
  )
    .min(0)
    .axisSoftMax(1);
}

function http() {
  const { name } = METRICS.httpRequestDuration;
  const answers = { name, matchers: [IN_REGION], by: ['route'], over: '$__rate_interval' };
  const panel = timeSeries(
    {
      id: 705,
      title: 'HTTP p95 by route',
      description:
        'How fast this backend answers. /metrics and /healthz take milliseconds. /api/benchmark takes as long as its run. If /metrics is slow, the machine is busy: compare with the event loop.',
      unit: 's',
      decimals: 1,
      ...SIZE,
    },
    [range('http', quantileOf(0.95, answers), '{{route}}')],
  ).min(0);
  return colourNames(panel, ROUTES);
}

function tableRows() {
  return timeSeries(
    {
      id: 706,
      title: 'Rows in the probe table',
      description:
        'The rows of this region, which a select counts. A level line at the inserts of an hour is normal. If it grows without end, old rows are not removed (does the role have DELETE?), and the monitor itself will make selects slower.',
      unit: 'short',
      decimals: 0,
      ...SIZE,
    },
    [range('rows', `max(${of(METRICS.probeTableRows.name, IN_TARGET, IN_REGION)})`, 'rows')],
  ).min(0);
}

function handshake() {
  const last = of(METRICS.tunnelLastHandshake.name, IN_REGION);
  return timeSeries(
    {
      id: 708,
      title: "The tunnel's last handshake",
      description:
        'Time since the hub last answered through WireGuard. A tunnel in use makes a handshake every two minutes, so teeth of up to 150 s are normal. Above three minutes the tunnel is dead, even if the database is fine. Empty if the backend runs without a tunnel.',
      width: 12,
      height: 7,
      unit: 's',
      decimals: 0,
      empty: NO_TUNNEL,
    },
    [range('age', `time() - max(${last})`, 'since the handshake')],
  ).min(0);
}

function traffic() {
  const rate = (name: string) => `sum(rate(${of(name, IN_REGION)}[$__rate_interval]))`;
  return timeSeries(
    {
      id: 709,
      title: "The tunnel's traffic",
      description:
        'The traffic through WireGuard in both directions. Bytes sent and none received: look at the hub, its security group, and whether it knows the key. Much more than a few kilobytes a second: something else uses this tunnel too, and shares the path with the measurement.',
      width: 12,
      height: 7,
      unit: 'Bps',
      decimals: 0,
      empty: NO_TUNNEL,
    },
    [
      range('received', rate(METRICS.tunnelReceiveBytes.name), 'received'),
      range('sent', rate(METRICS.tunnelTransmitBytes.name), 'sent'),
    ],
  ).min(0);
}

function build() {
  const panel = framed(
    new TableBuilder(),
    {
      id: 707,
      title: 'What runs',
      description:
        'The version of the backend, its revision, and Node.js. Do not compare regions with different versions: finish the deployment first.',
      width: 24,
      height: 4,
      unit: 'string',
      empty: 'No backend of this region is heard',
    },
    [
      rows(
        'build',
        `max by (region, version, revision, node) (${of(METRICS.buildInfo.name, IN_REGION)})`,
      ),
    ],
  );
  const narrow = panel
    .overrideByName('Region', [{ id: 'custom.width', value: REGION_WIDTH }])
    .overrideByName('Version', [{ id: 'custom.width', value: 90 }]);
  return narrow.transformations([
    {
      id: 'organize',
      options: {
        excludeByName: { Time: true, Value: true, 'Value #build': true },
        indexByName: { region: 0, version: 1, revision: 2, node: 3 },
        renameByName: {
          region: 'Region',
          version: 'Version',
          revision: 'Revision',
          node: 'Node.js',
        },
      },
    },
  ]);
}
