import {
  GraphDrawStyle,
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
import { LINE_COLOUR } from './colours.js';
import { fixedColour, framed, joinedByRegion, range, rows, type Column } from './panels.js';
import { REGION_WIDTH, STATE_WIDTH, stateCell } from './headline.js';
import { NO_STATES, STATE } from './states.js';
import { IN_REGION, IN_TARGET, of, operation, quantile, RECORDED } from './series.js';
import { toRegion } from './shell.js';

/** What a phone shows of a table is its first columns. */
const COLUMNS: readonly Column[] = [
  ['Value #state', 'State'],
  ['region', 'Region'],
  ['Value #change', 'Change'],
  ['Value #failed', 'Failed'],
  ['Value #select_p50', 'Select p50'],
  ['Value #select_p95', 'Select p95'],
  ['Value #insert_p50', 'Insert p50'],
  ['Value #insert_p95', 'Insert p95'],
  ['Value #connect', 'Connect'],
  ['country', 'Flag'],
  ['city', 'Location'],
  ['Trend', 'Select over time'],
  // Grafana's name for it when the table's other queries count as series as well.
  ['Trend #trend', 'Select over time'],
];

/** Pixels; with the last column they fit a window of 1280. */
const WIDTHS: Readonly<Record<string, number>> = {
  State: STATE_WIDTH,
  Region: REGION_WIDTH,
  Change: 70,
  Failed: 70,
  'Select p50': 88,
  'Select p95': 88,
  'Insert p50': 88,
  'Insert p95': 88,
  Connect: 88,
  Flag: 45,
  Location: 130,
};

/** The table of the regions: what needs attention first. */
export function ranking(id: number): TableBuilder {
  const panel = framed(
    new TableBuilder(),
    {
      id,
      title: 'Ranking',
      description:
        'All regions. The worst states come first, and within a state those farthest from normal. Change: how much more a select takes than normal. p50 and p95 are of the last five minutes, connect is the median of fifteen. Only the state has a colour, because the times are mostly distance. A dash: not measured. Click a title to sort by it. Click a region to open its dashboard.',
      width: 24,
      height: 15,
      unit: 's',
      decimals: 1,
      empty: NO_STATES,
    },
    queries(),
  );
  return styled(panel)
    .cellHeight(TableCellHeight.Sm)
    .sortBy([new TableSortByFieldStateBuilder().displayName('State').desc(true)])
    .transformations(transformations());
}

function queries() {
  const byRegion = (name: string, of_: Parameters<typeof operation>[0]) =>
    `max by (region) (${of(name, IN_TARGET, IN_REGION, operation(of_))})`;
  const ofFiveMinutes = (of_: number, name: 'select' | 'insert') =>
    quantile(of_, [IN_TARGET, IN_REGION, operation(name)], ['region']);
  const latest = of(
    METRICS.lastRunOperation.name,
    IN_TARGET,
    IN_REGION,
    operation('select'),
    'statistic="median"',
  );
  const ratio = byRegion(RECORDED.ratioNow, 'select');
  const info = of(METRICS.regionInfo.name, IN_REGION);
  return [
    // A region that is silent has a row all the same. The fraction sorts within a state.
    rows('state', `${STATE} + on (region) clamp(${ratio} / 100, 0, 0.99) or ${STATE}`),
    rows('info', `max by (region, city, country) (last_over_time(${info}[1d]))`),
    rows('select_p50', ofFiveMinutes(0.5, 'select')),
    rows('select_p95', ofFiveMinutes(0.95, 'select')),
    rows('insert_p50', ofFiveMinutes(0.5, 'insert')),
    rows('insert_p95', ofFiveMinutes(0.95, 'insert')),
    rows('connect', byRegion(RECORDED.medianNow, 'connect')),
    rows('change', `${ratio} - 1`),
    rows('failed', `max by (region) (${of(RECORDED.failureRatio, IN_TARGET, IN_REGION)})`),
    range('trend', `max by (region) (${latest})`, '{{region}}'),
  ];
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
  const narrow = Object.entries(WIDTHS).reduce(
    (built, [name, width]) => built.overrideByName(name, [{ id: 'custom.width', value: width }]),
    panel,
  );
  return narrow
    .overrideByName('State', [...stateCell()])
    .overrideByName('Flag', [
      { id: 'mappings', value: [flags()] },
      { id: 'unit', value: 'string' },
    ])
    .overrideByName('Region', [{ id: 'links', value: [toRegion()] }])
    .overrideByName('Change', [
      { id: 'unit', value: 'percentunit' },
      { id: 'decimals', value: 0 },
    ])
    .overrideByName('Failed', [
      { id: 'unit', value: 'percentunit' },
      { id: 'decimals', value: 1 },
    ])
    .overrideByName('Select over time', [
      cell(sparkline()),
      fixedColour(LINE_COLOUR),
      // Grafana rounds the line's limits to them, in seconds: with one, a change below 100 ms is a flat line.
      { id: 'decimals', value: 6 },
    ]);
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

function sparkline(): TableCellOptions {
  return {
    type: TableCellDisplayMode.Sparkline,
    drawStyle: GraphDrawStyle.Line,
    lineWidth: 1,
    fillOpacity: 10,
    hideValue: true,
  };
}
