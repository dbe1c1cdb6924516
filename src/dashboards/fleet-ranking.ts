import {
  GraphDrawStyle,
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
  type TableCellOptions,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type DataTransformerConfig,
  type DynamicConfigValue,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { METRICS } from '../metrics/names.js';
import { PROVIDERS } from '../regions/catalogue.js';
import { flagOf } from '../regions/flag.js';
import { NAMED_REGIONS, STATE_COLOURS } from './colours.js';
import { framed, joinedByRegion, range, rows, type Column } from './panels.js';
import { IN_REGION, IN_TARGET, of, operation, RECORDED } from './series.js';
import { toRegion } from './shell.js';

const COLUMNS: readonly Column[] = [
  ['Value #rank', 'Rank'],
  ['country', 'Flag'],
  ['region', 'Region'],
  ['city', 'Location'],
  ['Value #select_p50', 'Select p50'],
  ['Value #select_p95', 'Select p95'],
  ['Value #insert_p50', 'Insert p50'],
  ['Value #insert_p95', 'Insert p95'],
  ['Value #connect', 'Connect'],
  ['Value #change', 'Against normal'],
  ['Value #failed', 'Failed'],
  ['Trend', 'Select over time'],
  // Grafana's name for it when the table's other queries count as series as well.
  ['Trend #trend', 'Select over time'],
];

const { none, notice, warning, alarm, quick } = STATE_COLOURS;

/** The table of the regions, from the quickest select to the slowest. */
export function ranking(id: number): TableBuilder {
  const panel = framed(
    new TableBuilder(),
    {
      id,
      title: 'Ranking',
      description:
        'All regions, the quickest select first; p50 and p95 are of the last five minutes, connect is the median of fifteen. The rank is mostly distance: what asks for attention is a colour under "Against normal" or "Failed". A region that is expected and measured nothing has dashes and no rank. The region’s code opens its own dashboard.',
      width: 24,
      height: 12,
      unit: 's',
      decimals: 1,
    },
    queries(),
  );
  return styled(panel)
    .cellHeight(TableCellHeight.Sm)
    .sortBy([new TableSortByFieldStateBuilder().displayName('Rank').desc(false)])
    .transformations(transformations());
}

function queries() {
  const byRegion = (name: string, of_: Parameters<typeof operation>[0]) =>
    `max by (region) (${of(name, IN_TARGET, IN_REGION, operation(of_))})`;
  const latest = of(
    METRICS.lastRunOperation.name,
    IN_TARGET,
    IN_REGION,
    operation('select'),
    'statistic="median"',
  );
  return [
    // A region that is silent has a row all the same: with dashes.
    rows('expected', `max by (region) (${of(RECORDED.expected, IN_REGION)})`),
    rows('info', `max by (region, city, country) (${of(METRICS.regionInfo.name, IN_REGION)})`),
    rows('rank', rankOf(byRegion(RECORDED.p50, 'select'))),
    rows('select_p50', byRegion(RECORDED.p50, 'select')),
    rows('select_p95', byRegion(RECORDED.p95, 'select')),
    rows('insert_p50', byRegion(RECORDED.p50, 'insert')),
    rows('insert_p95', byRegion(RECORDED.p95, 'insert')),
    rows('connect', byRegion(RECORDED.medianNow, 'connect')),
    rows('change', `${byRegion(RECORDED.ratioNow, 'select')} - 1`),
    rows('failed', `max by (region) (${of(RECORDED.failureRatio, IN_TARGET, IN_REGION)})`),
    range('trend', `max by (region) (${latest})`, '{{region}}'),
  ];
}

/**
 * 1 for the smallest, by region. PromQL compares many series with one, never with each other, so each
 * region is compared in its own term; one that has no value gets no rank.
 */
function rankOf(values: string): string {
  return NAMED_REGIONS.map((code) => {
    const own = values.replace(IN_REGION, `${IN_REGION}, region="${code}"`);
    const notSlower = `count(${values} <= on () group_left () ${own})`;
    return `label_replace(${notSlower}, "region", "${code}", "", "")`;
  }).join(' or ');
}

function transformations(): DataTransformerConfig[] {
  return [
    {
      id: 'timeSeriesTable',
      filter: { id: 'byRefId', options: 'trend' },
      options: { trend: { stat: 'lastNotNull', timeField: 'Time' } },
    },
    ...joinedByRegion(COLUMNS),
  ];
}

function styled(panel: TableBuilder): TableBuilder {
  return panel
    .overrideByName('Rank', [
      { id: 'unit', value: 'none' },
      { id: 'decimals', value: 0 },
      { id: 'custom.width', value: 60 },
    ])
    .overrideByName('Flag', [
      { id: 'mappings', value: [flags()] },
      { id: 'unit', value: 'string' },
      { id: 'custom.width', value: 60 },
    ])
    .overrideByName('Region', [{ id: 'links', value: [toRegion()] }])
    .overrideByName('Against normal', [
      { id: 'unit', value: 'percentunit' },
      { id: 'decimals', value: 0 },
      background(),
      steps([
        [null, quick],
        [-0.15, none],
        [0.08, notice],
        [0.15, warning],
        [0.3, alarm],
      ]),
    ])
    .overrideByName('Failed', [
      { id: 'unit', value: 'percentunit' },
      { id: 'decimals', value: 1 },
      background(),
      steps([
        [null, none],
        [0.0001, warning],
        [0.35, alarm],
      ]),
    ])
    .overrideByName('Select over time', [cell(sparkline()), { id: 'custom.width', value: 260 }]);
}

/** A country's code as its flag. */
function flags(): ValueMap {
  const countries = Object.values(PROVIDERS).flatMap((it) => it.map(({ country }) => country));
  const options = [...new Set(countries)]
    .sort()
    .map((country, index) => [country, { text: flagOf(country), index }]);
  return {
    type: MappingType.ValueToText,
    options: Object.fromEntries(options) as ValueMap['options'],
  };
}

const cell = (value: TableCellOptions): DynamicConfigValue => ({ id: 'custom.cellOptions', value });

function background(): DynamicConfigValue {
  return cell({
    type: TableCellDisplayMode.ColorBackground,
    mode: TableCellBackgroundDisplayMode.Basic,
  });
}

function sparkline(): TableCellOptions {
  return {
    type: TableCellDisplayMode.Sparkline,
    drawStyle: GraphDrawStyle.Line,
    lineWidth: 1,
    fillOpacity: 10,
    hideValue: true,
  };
}

function steps(pairs: readonly (readonly [number | null, string])[]): DynamicConfigValue {
  return {
    id: 'thresholds',
    value: { mode: 'absolute', steps: pairs.map(([value, color]) => ({ value, color })) },
  };
}
