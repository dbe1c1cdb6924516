import { RowBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../metrics/names.js';
import { worldMap } from './fleet-map.js';
import { ranking } from './fleet-ranking.js';
import { fixedColour, range, timeSeriesByRegion } from './panels.js';
import { alertCount } from './alert-panels.js';
import { firingTable } from './firing-table.js';
import { headline } from './headline.js';
import { ratioOverTime, stateTimeline } from './ratio.js';
import { namesTile, regionsReporting } from './tiles.js';
import { fastestTargets, replicationLag, visibilityDelay } from './read-targets.js';
import { IN_REGION, IN_TARGET, of, OF_TARGET, operation, RECORDED } from './series.js';
import { LIMITS } from '../rules/limits.js';
import { codeOf } from '../rules/states.js';
import { regionsIn, STATE } from './states.js';
import { UIDS } from '../rules/dashboard-uids.js';
import { createShell, operationVariable, regionVariable } from './shell.js';

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
    .withPanel(headline(21))
    .withPanel(regionsReporting())
    .withPanel(silentRegions())
    .withPanel(failingRegions())
    .withPanel(slowRegions())
    .withPanel(alertCount({ id: 5, severity: 'page', width: 4 }))
    .withPanel(alertCount({ id: 6, severity: 'ticket', width: 4 }))
    .withPanel(firingTable({ id: 22, width: 24, height: 6 }))
    .withPanel(worldMap(7))
    .withPanel(stateTimeline(8))
    .withPanel(ranking(9))
    .withPanel(latencyOverTime(10, 'select'))
    .withPanel(latencyOverTime(11, 'insert'))
    .withPanel(ratioOverTime(23))
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

function silentRegions() {
  return namesTile({
    id: 2,
    title: 'Silent',
    description:
      'Expected regions from which nothing arrives. Their latency is unknown, so it means nothing that no other panel is red for them. Look at the machine and at its scrape target. "not known" instead of "none": the rules are not evaluated.',
    width: 4,
    from: 'silent',
    to: 'silent',
    known: STATE,
  });
}

function failingRegions() {
  return namesTile({
    id: 3,
    title: 'Failing or stale',
    description:
      'Regions whose operations or new connections fail above the limits of the alerts, and regions whose runs do not end. All regions: the database or the hub is down. One region: open it and read the reason.',
    width: 4,
    from: 'stale',
    to: 'failing',
    known: `${STATE} != ${codeOf('waiting')}`,
  });
}

function slowRegions() {
  return namesTile({
    id: 4,
    title: 'Slow or errors',
    description: `Regions where a select takes ${LIMITS.shifted} times its normal or more, and enough milliseconds to matter, or where some operations fail. The limits are those of the alerts. Most regions at once: the database or the hub. A few regions: their path. The table below says which, how much and since when.`,
    width: 4,
    from: 'above normal',
    to: 'slow',
    known: `(${regionsIn('normal')} or ${regionsIn('above normal', 'silent')})`,
  });
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
      description: `The median ${name} of each run. Regions differ by their distance, so look for a line that changes, not for a high one. A gap is a run that measured nothing. All lines move together: the database or the hub. One line moves alone: its path.`,
      width: 12,
      height: 10,
      unit: 's',
      decimals: 1,
    },
    [range(name, `max by (region) (${latest})`, '{{region}}')],
  ).axisSoftMin(0);
}

function pathShare() {
  return timeSeriesByRegion(
    {
      id: 13,
      title: "The path's share of a select",
      description:
        'Ping ÷ select, at most 100 %. This part of a select is the path and an idle answer. The rest is the read itself. Near 100 % is normal for a distant region. The share falls while the latency rises: the database got slower. The share stays while the latency rises: the path got slower.',
      width: 12,
      height: 9,
      unit: 'percentunit',
      decimals: 1,
    },
    [
      range(
        'share',
        `clamp_max(max by (region) (${of(RECORDED.pathShare, IN_TARGET, IN_REGION)}), 1)`,
        '{{region}}',
      ),
    ],
    'smallest',
  )
    .min(0)
    .max(1);
}

function databaseShare() {
  return timeSeriesByRegion(
    {
      id: 14,
      title: "The database's part of a select",
      description:
        'Select − ping: what the read costs on top of the path. It is the same few milliseconds or less in every region, near or far. If all regions rise together, look at the database. Slightly negative values around zero are noise.',
      width: 12,
      height: 9,
      unit: 's',
      decimals: 1,
    },
    [range('database', difference('select', 'ping'), '{{region}}')],
  ).axisSoftMin(0);
}

function writeShare() {
  return timeSeriesByRegion(
    {
      id: 15,
      title: 'What a write costs on top of a read',
      description:
        'Insert − select: the write and the flush of its log record (WAL). The path is the same for both. A rise in all regions: storage, a synchronous replica that must confirm, or locks. The thick line is the middle region. The alert on writes uses it.',
      width: 12,
      height: 9,
      unit: 's',
      decimals: 1,
    },
    [
      range('write', difference('insert', 'select'), '{{region}}'),
      range('middle', of(RECORDED.writeCost, OF_TARGET), 'middle region'),
    ],
  )
    .axisSoftMin(0)
    .overrideByName('middle region', [
      fixedColour('#FFFFFF'),
      { id: 'custom.lineWidth', value: 3 },
    ]);
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
        'The share of ping, select and insert that failed in the last five minutes. Normal is 0. A failed operation is in no latency on this page. So a region where everything fails has no line above and a line at 100 % here. The dashboard of the region names the reason.',
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
  )
    .min(0)
    .axisSoftMax(LIMITS.failing);
}
