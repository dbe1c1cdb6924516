import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { METRICS } from '../metrics/names.js';
import { STATE_COLOURS } from './colours.js';
import {
  byThreshold,
  framed,
  instant,
  legend,
  range,
  thresholds,
  timeSeriesByRegion,
  type Frame,
} from './panels.js';
import { BUCKET, IN_REGION, IN_TARGET, of } from './series.js';

const { normal, warning, alarm } = STATE_COLOURS;
const CHOSEN = [IN_TARGET, IN_REGION, 'operation="$operation"'] as const;
const BUDGET_WINDOW = '30d';

/**
 * The share of a window's operations, by region, that were fast. A failed one counts as not fast: it
 * is in no bucket, and among all. A server writes a whole bound as `1` or as `1.0`.
 */
function fast(window: string): string {
  const within = of(BUCKET, ...CHOSEN, 'le=~"${threshold}([.]0)?"');
  const all = `sum by (region) (increase(${of(METRICS.operations.name, ...CHOSEN)}[${window}]))`;
  return `sum by (region) (increase(${within}[${window}])) / (${all} > 0)`;
}

/** Of the failures and slow operations that the objective allows. */
const allowedBadShare = '(1 - $objective)';

export function fastShare(id: number): BarGaugeBuilder {
  return bars(
    {
      id,
      title: 'Fast operations in 30 days',
      description:
        'The share of operations that took no longer than the threshold above, in 30 days or in as many as Prometheus keeps. A failed operation is not fast. Choose a threshold that the region can meet: distance is not a failure.',
      width: 12,
      height: 10,
      unit: 'percentunit',
      decimals: 2,
    },
    [instant('fast', fast(BUDGET_WINDOW), '{{region}}')],
  )
    .thresholds(
      thresholds([
        [null, alarm],
        [0.95, warning],
        [0.99, normal],
      ]),
    )
    .min(0);
}

export function budgetLeft(id: number): BarGaugeBuilder {
  return bars(
    {
      id,
      title: 'Error budget left of 30 days',
      description:
        'How much of the slow and failed operations that the objective allows in 30 days has not been used up. At zero the promise is broken; below, by so much. Little left: put off what is risky, and see below what it was spent on.',
      width: 12,
      height: 10,
      unit: 'percentunit',
      decimals: 0,
    },
    [instant('left', `1 - (1 - ${fast(BUDGET_WINDOW)}) / ${allowedBadShare}`, '{{region}}')],
  )
    .thresholds(
      thresholds([
        [null, alarm],
        [0, warning],
        [0.25, normal],
      ]),
    )
    .min(-1);
}

export function shareOverTime(id: number) {
  return timeSeriesByRegion(
    {
      id,
      title: 'Fast operations over time',
      description:
        'The same share, of half an hour at a time. A dip is when the budget was spent: the annotations and the dashboard of the region tell on what.',
      width: 12,
      height: 10,
      unit: 'percentunit',
      decimals: 1,
    },
    [range('fast', fast('30m'), '{{region}}')],
  ).max(1);
}

export function burnRate(id: number) {
  return timeSeriesByRegion(
    {
      id,
      title: 'How fast the budget burns',
      description:
        'The share of an hour that was slow or failed ÷ what the objective allows. At 1 the budget lasts exactly its 30 days, at 14 two days, at 0 nothing is spent. A choice of threshold that the region cannot meet shows as a high flat line.',
      width: 12,
      height: 10,
      unit: 'suffix: ×',
      decimals: 1,
    },
    [range('burn', `(1 - ${fast('1h')}) / ${allowedBadShare}`, '{{region}}')],
  );
}

/** One bar a region. */
function bars(frame: Frame, queries: Parameters<typeof framed>[2]): BarGaugeBuilder {
  return framed(new BarGaugeBuilder(), frame, queries)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Color)
    .orientation(VizOrientation.Horizontal)
    .showUnfilled(true)
    .legend(legend(LegendPlacement.Bottom).showLegend(false))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .colorScheme(byThreshold())
    .max(1);
}
