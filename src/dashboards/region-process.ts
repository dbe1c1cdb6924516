import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { METRICS } from '../metrics/names.js';
import { framed, range, rows, timeSeries } from './panels.js';
import { finite, IN_REGION, IN_TARGET, of, ofBackend, PROCESS } from './series.js';

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

const SIZE = { width: 8, height: 8 } as const;

function loopLag() {
  return timeSeries(
    {
      id: 701,
      title: 'Event loop lag',
      description:
        "How late the main thread's event loop is. The measurement runs in a thread of its own, but the two share a processor: p99 below 20 ms is normal, above 100 ms do not trust the latencies of this region.",
      unit: 's',
      decimals: 1,
      ...SIZE,
    },
    [
      range('p50', `max(${ofBackend(PROCESS.loopLagP50)})`, 'p50'),
      range('p99', `max(${ofBackend(PROCESS.loopLagP99)})`, 'p99'),
    ],
  );
}

function processor() {
  const used = `rate(${of(PROCESS.cpu, IN_REGION)}[$__rate_interval])`;
  return timeSeries(
    {
      id: 702,
      title: 'Processor',
      description:
        'Of one core. A backend uses a few per cent. Much more: somebody calls its API heavily, or it loops; its latencies are then partly its own.',
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
        'Resident memory, and the heap of JavaScript in it. Level is normal. A climb that does not end is a leak: restart it, and file a bug with this picture.',
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
  return timeSeries(
    {
      id: 704,
      title: 'Restarts in an hour',
      description:
        'Of the process, and of the probe’s thread in it. A deployment is one of the process. A thread restarts only by a crash, which is a bug: the log has its stack.',
      unit: 'none',
      decimals: 0,
      ...SIZE,
    },
    [
      range('process', `max(${started})`, 'process'),
      range('thread', `sum(increase(${of(METRICS.workerRestarts.name, IN_REGION)}[1h]))`, 'thread'),
    ],
  )
    .min(0)
    .axisSoftMax(1);
}

function http() {
  const buckets = `sum by (route, le) (rate(${of(`${METRICS.httpRequestDuration.name}_bucket`, IN_REGION)}[$__rate_interval]))`;
  return timeSeries(
    {
      id: 705,
      title: 'HTTP p95 by route',
      description:
        'How quickly this backend answers. /metrics and /healthz take milliseconds; /api/benchmark takes as long as its run. A slow /metrics is a busy machine: compare with the event loop.',
      unit: 's',
      decimals: 1,
      ...SIZE,
    },
    [range('http', finite(`histogram_quantile(0.95, ${buckets})`), '{{route}}')],
  );
}

function tableRows() {
  return timeSeries(
    {
      id: 706,
      title: 'Rows in the probe table',
      description:
        "This region's rows, which a select counts. Level, at an hour's worth of inserts, is normal. Growth without end: old rows are not removed (the role lacks DELETE?), and selects will slow down because of the monitor itself.",
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
        'Time since the hub answered through WireGuard. A tunnel in use shakes hands every two minutes, so a saw of up to about 150 s is health; a climb beyond three minutes is a dead tunnel, whatever the database does. Empty where the backend runs without a tunnel.',
      width: 12,
      height: 7,
      unit: 's',
      decimals: 0,
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
        'What goes through WireGuard, both ways. Bytes sent and none received: the hub, its security group, or a key that it does not know. Much more than a few kilobytes a second: something else uses this tunnel, and shares the path with the measurement.',
      width: 12,
      height: 7,
      unit: 'Bps',
      decimals: 0,
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
        'The version of the backend, its revision, and Node.js. Different versions in different regions are no comparison: finish the deployment first.',
      width: 24,
      height: 4,
      unit: 'string',
    },
    [
      rows(
        'build',
        `max by (region, version, revision, node) (${of(METRICS.buildInfo.name, IN_REGION)})`,
      ),
    ],
  );
  return panel.transformations([
    {
      id: 'organize',
      options: {
        excludeByName: { Time: true, Value: true, 'Value #build': true },
        indexByName: { region: 0, version: 1, revision: 2, node: 3 },
        renameByName: {},
      },
    },
  ]);
}
