import { TableCellHeight } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { METRICS } from '../metrics/names.js';
import {
  colourRegions,
  framed,
  joinedByRegion,
  range,
  rows,
  timeSeries,
  type Column,
} from './panels.js';
import { IN_REGION, IN_TARGET, of, operation, RECORDED } from './series.js';
import { REGION_WIDTH } from './headline.js';
import { toRegion } from './shell.js';

const COLUMNS: readonly Column[] = [
  ['region', 'Region'],
  ['target', 'Read from'],
  ['Value #fastest', 'Its select'],
  ['Value #chosen', 'Select of $target'],
  ['Value #gain', 'Gain'],
  ['Value #gain_percent', 'Gain, %'],
];

const NO_REPLICA = 'No read-only target';

const READS = of(RECORDED.medianNow, IN_REGION, operation('select'));
const CHOSEN = `max by (region) (${of(RECORDED.medianNow, IN_TARGET, IN_REGION, operation('select'))})`;
const GAIN = `${CHOSEN} - min by (region) (${READS})`;

/** The fastest target of each region, and what it gains over the one that is chosen. */
export function fastestTargets(id: number): TableBuilder {
  return (
    framed(
      new TableBuilder(),
      {
        id,
        title: 'Where to read from',
        description:
          'The target with the fastest select for each region, by the median of the last three minutes, and its gain over $target. A dash under "Gain": $target is the fastest, or the region no longer measures one of the two. A replica is behind its primary: look at its lag and its visibility delay below before you read there.',
        width: 24,
        height: 10,
        unit: 's',
        decimals: 1,
        empty: 'No region has measured a select in the last minutes',
      },
      [
        rows('fastest', `bottomk by (region) (1, max by (region, target) (${READS}))`),
        rows('chosen', CHOSEN),
        rows('gain', `${GAIN} > 0`),
        rows('gain_percent', `(${GAIN}) / ${CHOSEN} > 0`),
      ],
    )
      .cellHeight(TableCellHeight.Sm)
      .overrideByName('Region', [
        { id: 'links', value: [toRegion()] },
        { id: 'custom.width', value: REGION_WIDTH },
      ])
      // A phone shows these three.
      .overrideByName('Read from', [{ id: 'custom.width', value: 120 }])
      .overrideByName('Its select', [{ id: 'custom.width', value: 90 }])
      .overrideByName('Gain, %', [{ id: 'unit', value: 'percentunit' }])
      .transformations(joinedByRegion(COLUMNS))
  );
}

export function replicationLag(id: number) {
  return timeSeries(
    {
      id,
      title: 'Replication lag',
      description:
        'How far each replica says that it is behind, and the largest value that the regions saw. A value that grows by a second each second: the replica receives nothing any more. On some replicas an idle primary looks like lag: see docs/replicas.md.',
      width: 12,
      height: 9,
      unit: 's',
      decimals: 1,
      empty: NO_REPLICA,
    },
    [range('lag', `max by (target) (${of(METRICS.replicationLag.name, IN_REGION)})`, '{{target}}')],
  ).min(0);
}

export function visibilityDelay(id: number) {
  // The gauge is one series a region, where the histogram is all its buckets; and a mean needs no sorting.
  const delay = `avg_over_time(${of(METRICS.lastRunVisibilityDelay.name, IN_REGION)}[15m])`;
  const panel = timeSeries(
    {
      id,
      title: 'Visibility delay',
      description:
        'The time from the commit of an insert on the primary to the first read that saw the row on the replica, as the mean of fifteen minutes. During this time, a read on the replica shows the old state. A rise in all regions: the replica lags.',
      width: 12,
      height: 9,
      unit: 's',
      decimals: 1,
      empty: NO_REPLICA,
    },
    [range('visibility', `max by (region, target) (${delay})`, '{{region}} from {{target}}')],
  ).min(0);
  return colourRegions(panel);
}
