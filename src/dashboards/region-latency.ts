import { AxisPlacement, TooltipDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import {
  CellValuesBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapTooltipBuilder,
  PanelBuilder as HeatmapBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

import { STATE_COLOURS } from './colours.js';
import { fixedColour, framed, range, timeSeries, UNNAMED } from './panels.js';
import { CONNECT_BUCKETS, OPERATION_BUCKETS } from '../metrics/names.js';
import { LIMITS } from '../rules/limits.js';
import { boundsMatcher } from '../rules/objective.js';
import { BUCKET, IN_REGION, IN_TARGET, of, operation, quantile, RECORDED } from './series.js';

const ORDER = ['select', 'insert', 'ping', 'connect'] as const;
const HERE = [IN_TARGET, IN_REGION] as const;
const LOW = 'normal − 15 %';
const HIGH = 'normal + 15 %';

const NOTES: Readonly<Record<(typeof ORDER)[number], string>> = {
  select: 'One round trip and a read by index.',
  insert: 'One round trip, a write and the flush of the log.',
  ping: 'One round trip and an idle answer: the path.',
  connect:
    'A new connection, four to seven round trips: TCP, TLS, authentication. A run makes only one, so p95 and p99 are the largest of a few values.',
};

/** p50, p95 and p99 of each operation, over the band of what is normal. */
export function percentilePanels() {
  return ORDER.map((name, index) => percentiles(201 + index, name));
}

function percentiles(id: number, name: (typeof ORDER)[number]) {
  const here = [...HERE, operation(name)];
  const baseline = `max(${of(RECORDED.baseline, ...here)})`;
  return timeSeries(
    {
      id,
      title: `${capital(name)}: p50, p95, p99`,
      description: `${NOTES[name]} The band is what is normal here at this time of day, ± 15 %. p50 above the band: a shift that every request feels. Only p95 and p99 above it: a tail, for example packet loss. p99 of five minutes is nearly the maximum, so a single high value means little. Failed operations are not included.`,
      width: 12,
      height: 8,
      unit: 's',
      decimals: 1,
    },
    [
      range('p50', quantile(0.5, here), 'p50'),
      range('p95', quantile(0.95, here), 'p95'),
      range('p99', quantile(0.99, here), 'p99'),
      range('low', `${2 - LIMITS.shifted} * ${baseline}`, LOW),
      range('high', `${LIMITS.shifted} * ${baseline}`, HIGH),
    ],
  )
    .overrideByName(LOW, [...EDGE])
    .overrideByName(HIGH, [
      ...EDGE,
      { id: 'custom.fillBelowTo', value: LOW },
      { id: 'custom.fillOpacity', value: 18 },
    ])
    .overrideByName('p50', [fixedColour('#1F60C4'), { id: 'custom.lineWidth', value: 2 }])
    .overrideByName('p95', [fixedColour('#8AB8FF')])
    .overrideByName('p99', [fixedColour('#B8BFCB')]);
}

const EDGE = [
  UNNAMED,
  fixedColour(STATE_COLOURS.normal),
  { id: 'custom.lineWidth', value: 0 },
  { id: 'custom.showPoints', value: 'never' },
] as const;

/** Every successful operation, as the histogram counted it. */
export function distributionPanels() {
  return ORDER.map((name, index) => heatmap(501 + index, name));
}

/** Of a heatmap, from one bound to the next: so that rows can be told apart, and a month is quickly read. */
const LEAST_STEP = 1.15;
/** Prometheus 3 writes what is less in another form, 9.96e-05. */
const LEAST_BOUND = 0.0001;

/** The bounds of a heatmap's rows. Where they lie close together, every second one. */
function rowsOf(bounds: readonly number[]): readonly number[] {
  const rows: number[] = [];
  let next = LEAST_BOUND;
  for (const bound of bounds) {
    if (bound < next) continue;
    rows.push(bound);
    next = LEAST_STEP * bound;
  }
  return rows;
}

function heatmap(id: number, name: (typeof ORDER)[number]) {
  const bounds = rowsOf(name === 'connect' ? CONNECT_BUCKETS : OPERATION_BUCKETS);
  const counted = of(BUCKET, ...HERE, operation(name), boundsMatcher([...bounds, '+Inf']));
  const panel = framed(
    new HeatmapBuilder(),
    {
      id,
      title: `${capital(name)}: every measurement`,
      description: `How many ${name} operations took how long. Each row is one or two buckets of the histogram. One dark line is good. Two lines: two routes, or a primary and a replica. A line that steps up: a shift at that minute. Scattered cells above the line: a tail.`,
      width: 12,
      height: 9,
      unit: 's',
      decimals: 1,
      empty: 'Nothing was measured in this time range',
    },
    [
      range('buckets', `sum by (le) (increase(${counted}[$__rate_interval]))`, '{{le}}').format(
        PromQueryFormat.Heatmap,
      ),
    ],
  );
  return panel
    .calculate(false)
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .exponent(0.5)
        .steps(64)
        .reverse(false),
    )
    .yAxis(new YAxisConfigBuilder().unit('s').decimals(1).axisPlacement(AxisPlacement.Left))
    .cellValues(new CellValuesBuilder().unit('none').decimals(0))
    .cellGap(1)
    .showLegend()
    .tooltip(
      new HeatmapTooltipBuilder()
        .mode(TooltipDisplayMode.Single)
        .yHistogram(true)
        .showColorScale(true),
    );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
