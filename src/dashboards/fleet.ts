import { RowBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../metrics/names.js';
import { STATE_COLOURS } from './colours.js';
import { worldMap } from './fleet-map.js';
import { ranking } from './fleet-ranking.js';
import { instant, range, stat, timeSeriesByRegion, type Steps } from './panels.js';
import { alertCount } from './alert-panels.js';
import { ratioTimeline } from './ratio.js';
import { fastestTargets, replicationLag, visibilityDelay } from './read-targets.js';
import { IN_REGION, IN_TARGET, of, operation, RECORDED } from './series.js';
import { createShell, operationVariable, regionVariable, UIDS } from './shell.js';

const { normal, warning, alarm, none } = STATE_COLOURS;
const NONE_IS_GOOD: Steps = [
  [null, normal],
  [1, alarm],
];

/** The first page of whoever is on call: is something wrong, where, and since when. */
export function fleetDashboard(): Dashboard {
  return createShell({
    uid: UIDS.fleet,
    title: 'pglatency / Fleet',
    description: 'PostgreSQL latency from every region: what is wrong, where, and since when.',
    from: 'now-6h',
  })
    .withVariable(regionVariable())
    .withVariable(operationVariable())
    .withPanel(regionsReporting())
    .withPanel(regionsSilent())
    .withPanel(regionsFailing())
    .withPanel(regionsSlow())
    .withPanel(alertCount({ id: 5, severity: 'page', width: 4 }))
    .withPanel(alertCount({ id: 6, severity: 'ticket', width: 4 }))
    .withPanel(worldMap(7))
    .withPanel(ratioTimeline(8))
    .withPanel(ranking(9))
    .withPanel(latencyOverTime(10, 'select'))
    .withPanel(latencyOverTime(11, 'insert'))
    .withRow(new RowBuilder('Path and database').id(12))
    .withPanel(pathShare())
    .withPanel(databaseShare())
    .withPanel(writeShare())
    .withPanel(failures())
    .withRow(new RowBuilder('Where to read from').id(17))
    .withPanel(fastestTargets(18))
    .withPanel(replicationLag(19))
    .withPanel(visibilityDelay(20))
    .build();
}

function regionsReporting() {
  const reporting = `count(count by (region) (${METRICS.scheduleInterval.name}))`;
  return stat(
    {
      id: 1,
      title: 'Regions reporting',
      description:
        'Backends that Prometheus hears, and how many are on the list of expected regions (prometheus/rules/expected-regions.yml). Fewer than expected: the next panel counts them, and the ranking below shows who is missing. More: a new region is not on the list yet.',
      width: 4,
      height: 4,
      unit: 'none',
      decimals: 0,
    },
    [
      instant('reporting', reporting, 'reporting'),
      instant('expected', `count(${RECORDED.expected})`, 'expected'),
    ],
    [[null, none]],
  );
}

function regionsSilent() {
  return stat(
    {
      id: 2,
      title: 'Silent regions',
      description:
        'Expected regions that export nothing, or have measured nothing for four minutes. Their latency is unknown: that no other panel is red for them means nothing. Look at the machine and at its scrape target.',
      width: 4,
      height: 4,
      unit: 'none',
      decimals: 0,
    },
    [instant('silent', `sum(${of(RECORDED.silent, IN_REGION)})`, 'silent')],
    NONE_IS_GOOD,
  );
}

function regionsFailing() {
  return stat(
    {
      id: 3,
      title: 'Failing regions',
      description:
        'Regions in which more than 35 % of the operations of three minutes failed. All of them: the database or the hub is down. One: open that region and read the reason.',
      width: 4,
      height: 4,
      unit: 'none',
      decimals: 0,
    },
    [instant('failing', `sum(${of(RECORDED.failing, IN_TARGET, IN_REGION)})`, 'failing')],
    NONE_IS_GOOD,
  );
}

function regionsSlow() {
  const ratio = of(RECORDED.ratioNow, IN_TARGET, IN_REGION, 'operation="$operation"');
  return stat(
    {
      id: 4,
      title: 'Slow regions',
      description:
        'Regions in which $operation takes more than 1.3 times what is normal there at this time of day. Most of them at once: the database or the hub. A few: their path. The ratio over time, below, shows which and since when.',
      width: 4,
      height: 4,
      unit: 'none',
      decimals: 0,
    },
    [instant('slow', `sum(${ratio} > bool 1.3)`, 'slow')],
    [
      [null, normal],
      [1, warning],
      [3, alarm],
    ],
  );
}

function latencyOverTime(id: number, name: 'select' | 'insert') {
  const latest = of(
    METRICS.lastRunOperation.name,
    IN_TARGET,
    IN_REGION,
    operation(name),
    'statistic="median"',
  );
  return timeSeriesByRegion(
    {
      id,
      title: `${name === 'select' ? 'Select' : 'Insert'} by region`,
      description: `The median ${name} of each run. Regions differ by their distance, so look for a line that changes, not for a high one; a gap is a run that measured nothing, never a zero. Lines that move together point at the database or the hub, one alone at its path.`,
      width: 12,
      height: 10,
      unit: 's',
      decimals: 1,
    },
    [range(name, `max by (region) (${latest})`, '{{region}}')],
  );
}

function pathShare() {
  return timeSeriesByRegion(
    {
      id: 13,
      title: "The path's share of a select",
      description:
        'Ping ÷ select: how much of a select is the path and an idle answer; the rest is the read itself. Near 100 % is normal for a distant region. A fall while the latency rises: the database got slower. Unchanged while it rises: the path did.',
      width: 12,
      height: 9,
      unit: 'percentunit',
      decimals: 1,
    },
    [
      range(
        'share',
        `max by (region) (${of(RECORDED.pathShare, IN_TARGET, IN_REGION)})`,
        '{{region}}',
      ),
    ],
  );
}

function databaseShare() {
  return timeSeriesByRegion(
    {
      id: 14,
      title: "The database's part of a select",
      description:
        'Select − ping: what the read costs on top of the path. The same few milliseconds or less everywhere, whatever the distance. When all regions rise together, look at the database; around zero it may be slightly negative, which is noise.',
      width: 12,
      height: 9,
      unit: 's',
      decimals: 1,
    },
    [range('database', difference('select', 'ping'), '{{region}}')],
  );
}

function writeShare() {
  return timeSeriesByRegion(
    {
      id: 15,
      title: 'What a write costs on top of a read',
      description:
        'Insert − select: the write and its flush to the log. The path is the same for both. A rise in all regions: storage, a synchronous replica that must confirm, or locks. The thick line is the middle region, which the alert on writes reads.',
      width: 12,
      height: 9,
      unit: 's',
      decimals: 1,
    },
    [
      range('write', difference('insert', 'select'), '{{region}}'),
      range('middle', of(RECORDED.writeCost, IN_TARGET), 'middle region'),
    ],
  ).overrideByName('middle region', [{ id: 'custom.lineWidth', value: 3 }]);
}

/** Seconds between two operations' medians, by region. */
function difference(larger: 'select' | 'insert', smaller: 'ping' | 'select'): string {
  const median = (name: 'ping' | 'select' | 'insert') =>
    `max by (region) (${of(RECORDED.medianNow, IN_TARGET, IN_REGION, operation(name))})`;
  return `${median(larger)} - ${median(smaller)}`;
}

function failures() {
  return timeSeriesByRegion(
    {
      id: 16,
      title: 'Failed operations',
      description:
        'The share of ping, select and insert that failed in the last five minutes. Normal is none at all. A failed operation is in no latency on this page, so a region that fails wholly has no line above and a full one here; its own dashboard names the reason.',
      width: 12,
      height: 9,
      unit: 'percentunit',
      decimals: 1,
    },
    [
      range(
        'failed',
        `max by (region) (${of(RECORDED.failureRatio, IN_TARGET, IN_REGION)})`,
        '{{region}}',
      ),
    ],
  ).min(0);
}
