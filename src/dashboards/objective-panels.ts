import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { boundMatcher } from '../rules/objective.js';
import { STATE_COLOURS } from './colours.js';
import {
  byThreshold,
  framed,
  joinedByRegion,
  range,
  rows,
  thresholds,
  timeSeriesByRegion,
  type Column,
} from './panels.js';
import { REGION_WIDTH } from './headline.js';
import { IN_REGION, IN_TARGET, of, RECORDED } from './series.js';
import { absent, range as valueRange } from './states.js';

const { normal, warning, alarm } = STATE_COLOURS;
const CHOSEN = [IN_TARGET, IN_REGION, 'operation="$operation"'] as const;
const BUDGET_WINDOW = '30d';
const NOT_COUNTED =
  'No operations are counted yet. The rules count them every five minutes, from the moment they are loaded.';

/**
 * The share of a window's operations, by region, that were fast. A failed one counts as not fast: it
 * is in no bucket, and among all. Summed from what the rules counted, so that a month is quickly read.
 */
function fast(window: string): string {
  const within = of(RECORDED.within, ...CHOSEN, boundMatcher('${threshold}'));
  const all = `sum by (region) (sum_over_time(${of(RECORDED.counted, ...CHOSEN)}[${window}]))`;
  return `clamp(sum by (region) (sum_over_time(${within}[${window}])) / (${all} > 0), 0, 1)`;
}

/** Of the failures and slow operations that the objective allows. */
const allowedBadShare = '(1 - $objective)';

const burn = (window: string) => `(1 - ${fast(window)}) / ${allowedBadShare}`;

const COLUMNS: readonly Column[] = [
  ['Value #kept', 'Objective'],
  ['region', 'Region'],
  ['Value #fast', 'Fast in 30 days'],
  ['Value #burn_1h', 'Burn, 1 h'],
  ['Value #burn_6h', 'Burn, 6 h'],
  ['Value #burn_3d', 'Burn, 3 d'],
];

/** Whether each region keeps the objective that is chosen, and how fast its budget burns. */
export function fastShare(id: number): TableBuilder {
  const panel = framed(
    new TableBuilder(),
    {
      id,
      title: 'Fast operations in 30 days',
      description:
        'The share of operations that took no longer than the threshold above, compared with the objective. It covers 30 days, or as many as Prometheus keeps. A failed operation is not fast. Burn: how many times faster than allowed the budget was spent in the last hour, six hours and three days. At 1 it lasts its 30 days. Choose a threshold that the region can meet at its distance.',
      width: 12,
      height: 12,
      unit: 'suffix:×',
      decimals: 1,
      empty: NOT_COUNTED,
    },
    [
      rows('kept', `${fast(BUDGET_WINDOW)} >= bool $objective`),
      rows('fast', fast(BUDGET_WINDOW)),
      rows('burn_1h', burn('1h')),
      rows('burn_6h', burn('6h')),
      rows('burn_3d', burn('3d')),
    ],
  );
  return panel
    .cellHeight(TableCellHeight.Sm)
    .sortBy([new TableSortByFieldStateBuilder().displayName('Fast in 30 days').desc(false)])
    .overrideByName('Objective', [
      { id: 'custom.width', value: 90 },
      { id: 'custom.align', value: 'left' },
      {
        id: 'custom.cellOptions',
        value: {
          type: TableCellDisplayMode.ColorBackground,
          mode: TableCellBackgroundDisplayMode.Basic,
        },
      },
      {
        id: 'mappings',
        value: [
          valueRange(1, 1, 'kept', normal, 0),
          valueRange(0, 0, 'missed', alarm, 1),
          absent(),
        ],
      },
    ])
    .overrideByName('Region', [{ id: 'custom.width', value: REGION_WIDTH }])
    .overrideByRegexp('Burn, .*', [{ id: 'custom.width', value: 75 }])
    .overrideByName('Fast in 30 days', [
      { id: 'custom.minWidth', value: 115 },
      { id: 'unit', value: 'percentunit' },
      { id: 'decimals', value: 2 },
    ])
    .transformations(joinedByRegion(COLUMNS));
}

/** A bar a region, in a table: it is scrolled where the regions are many. */
export function budgetLeft(id: number): TableBuilder {
  const panel = framed(
    new TableBuilder(),
    {
      id,
      title: 'Error budget left of 30 days',
      description:
        'The objective allows some slow and failed operations in 30 days. This is the part of them that is left, the least first. At zero the promise is broken. If little is left, put off risky changes, and see below where the budget went.',
      width: 12,
      height: 12,
      unit: 'percentunit',
      decimals: 0,
      empty: NOT_COUNTED,
    },
    [rows('left', `clamp(1 - ${burn(BUDGET_WINDOW)}, 0, 1)`)],
  );
  const byName = (name: string) => new TableSortByFieldStateBuilder().displayName(name).desc(false);
  return panel
    .cellHeight(TableCellHeight.Sm)
    .sortBy([byName('Left'), byName('Region')])
    .overrideByName('Region', [{ id: 'custom.width', value: REGION_WIDTH }])
    .overrideByName('Left', [
      {
        id: 'custom.cellOptions',
        value: {
          type: TableCellDisplayMode.Gauge,
          mode: BarGaugeDisplayMode.Basic,
          valueDisplayMode: BarGaugeValueMode.Color,
        },
      },
      { id: 'min', value: 0 },
      { id: 'max', value: 1 },
      { id: 'mappings', value: [absent()] },
    ])
    .colorScheme(byThreshold())
    .thresholds(
      thresholds([
        [null, alarm],
        [0.0001, warning],
        [0.25, normal],
      ]),
    )
    .transformations(
      joinedByRegion([
        ['region', 'Region'],
        ['Value', 'Left'],
      ]),
    );
}

export function shareOverTime(id: number) {
  return timeSeriesByRegion(
    {
      id,
      title: 'Fast operations over time',
      description:
        'The same share, for each hour. A dip shows when the budget was spent. The annotations and the dashboard of the region show why.',
      width: 12,
      height: 10,
      unit: 'percentunit',
      decimals: 1,
      empty: NOT_COUNTED,
    },
    [range('fast', fast('1h'), '{{region}}')],
    'smallest',
  )
    .min(0)
    .max(1);
}

export function burnRate(id: number) {
  return timeSeriesByRegion(
    {
      id,
      title: 'How fast the budget burns',
      description:
        'The share of an hour that was slow or failed ÷ what the objective allows. At 1 the budget lasts exactly 30 days, at 14 two days, at 0 nothing is spent. A high flat line: the region cannot meet the threshold that you chose.',
      width: 12,
      height: 10,
      unit: 'suffix:×',
      decimals: 1,
      empty: NOT_COUNTED,
    },
    [range('burn', burn('1h'), '{{region}}')],
  )
    .min(0)
    .axisSoftMax(1);
}
