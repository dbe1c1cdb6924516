import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  type DataSourceRef,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DataTransformerConfig,
  type DynamicConfigValue,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { LINE_COLOUR, LINE_COLOURS } from './colours.js';
import { regionColours } from './region-colours.js';
import { absent, type Mapping } from './states.js';

/** The variable, so that no dashboard is tied to one data source. */
export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** What every panel says of itself. Nothing of it is optional but the decimals. */
export interface Frame {
  /** Unique in its dashboard, and kept for ever: links to a panel hold it. */
  readonly id: number;
  readonly title: string;
  /** What it shows, and what to do about it. */
  readonly description: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly height: number;
  /** One of Grafana's units. */
  readonly unit: string;
  readonly decimals?: number;
  /** What it says in place of itself when there is nothing in it. */
  readonly empty?: string;
}

const ABSENT = '–';
const NO_VALUE: DynamicConfigValue = { id: 'noValue', value: ABSENT };
const NOT_MEASURED = 'Nothing was measured in this time range';

/** What the builders of all panels have in common. */
interface AnyPanel {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: DataSourceRef): this;
  span(width: number): this;
  height(height: number): this;
  unit(unit: string): this;
  decimals(decimals: number): this;
  noValue(text: string): this;
  targets(targets: Builder<Dataquery>[]): this;
  overrideByRegexp(pattern: string, properties: DynamicConfigValue[]): this;
}

/** Gives a panel its frame and its queries. Nothing measured is shown as a dash, never as zero. */
export function framed<P extends AnyPanel>(
  panel: P,
  frame: Frame,
  queries: Builder<Dataquery>[],
): P {
  const described = panel
    .id(frame.id)
    .title(frame.title)
    .description(frame.description)
    .datasource(DATASOURCE)
    .span(frame.width)
    .height(frame.height)
    .unit(frame.unit)
    .noValue(frame.empty ?? ABSENT)
    .targets(queries);
  if (frame.decimals !== undefined) described.decimals(frame.decimals);
  // The words are for a panel without anything, not for one cell or one value of a legend.
  return frame.empty === undefined ? described : described.overrideByRegexp('.*', [NO_VALUE]);
}

/** A query over the dashboard's time range. */
export function range(refId: string, expr: string, legend: string): DataqueryBuilder {
  return query(refId, expr).range().legendFormat(legend);
}

/** A query of the range's end. */
export function instant(refId: string, expr: string, legend: string): DataqueryBuilder {
  return query(refId, expr).instant().legendFormat(legend);
}

/** A query of the range's end, as rows of a table. */
export function rows(refId: string, expr: string): DataqueryBuilder {
  return query(refId, expr).instant().format(PromQueryFormat.Table);
}

/** A column of a table: the field's name after the join, and its title. */
export type Column = readonly [field: string, title: string];

/** The queries of a table as one row a region, with these columns, in their order. */
export function joinedByRegion(columns: readonly Column[]): DataTransformerConfig[] {
  return [
    { id: 'joinByField', options: { byField: 'region', mode: 'outer' } },
    {
      id: 'filterFieldsByName',
      options: { include: { names: columns.map(([field]) => field) } },
    },
    {
      id: 'organize',
      options: {
        excludeByName: {},
        indexByName: Object.fromEntries(columns.map(([field], index) => [field, index])),
        renameByName: Object.fromEntries(columns),
      },
    },
  ];
}

function query(refId: string, expr: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).refId(refId).expr(expr);
}

/**
 * Lines over time; a missing value is a gap. The tooltip names every series, the largest first. What has no colour of
 * its own has none that means a state.
 */
export function timeSeries(frame: Frame, queries: Builder<Dataquery>[]): TimeSeriesBuilder {
  const panel = framed(new TimeSeriesBuilder(), { empty: NOT_MEASURED, ...frame }, queries);
  return colourLines(panel, queries)
    .colorScheme(shadesOf(LINE_COLOUR))
    .lineWidth(1)
    .fillOpacity(0)
    .spanNulls(false)
    .showPoints(VisibilityMode.Auto)
    .pointSize(4)
    .legend(legend(LegendPlacement.Bottom))
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
}

/** A colour for each line that has a name of its own; those of one query's labels are coloured by it. */
function colourLines(panel: TimeSeriesBuilder, queries: Builder<Dataquery>[]): TimeSeriesBuilder {
  const names = queries.map((one) => (one.build() as { legendFormat?: string }).legendFormat ?? '');
  return colourNames(
    panel,
    names.filter((name) => name !== '' && !name.includes('{{')),
  );
}

/** Gives lines that may stand beside each other colours that a reader can tell apart. */
export function colourNames(panel: TimeSeriesBuilder, names: readonly string[]): TimeSeriesBuilder {
  return names.reduce(
    (built, name, index) =>
      built.overrideByName(name, [fixedColour(LINE_COLOURS[index % LINE_COLOURS.length] ?? '')]),
    panel,
  );
}

/** Lines over time, one a region, in the region's colour, with a sorted table of them beside it. */
export function timeSeriesByRegion(
  frame: Frame,
  queries: Builder<Dataquery>[],
  first: 'largest' | 'smallest' = 'largest',
): TimeSeriesBuilder {
  return colourRegions(timeSeries(frame, queries)).legend(
    legend(LegendPlacement.Right)
      .sortBy('Last')
      .sortDesc(first === 'largest'),
  );
}

/** The legend of every panel: the value at its end, a dash where there is none, and the largest. */
export function legend(
  placement: LegendPlacement,
  calcs: readonly string[] = ['last', 'max'],
): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(
      placement === LegendPlacement.Right ? LegendDisplayMode.Table : LegendDisplayMode.List,
    )
    .placement(placement)
    .calcs([...calcs]);
}

/** Counts as bars. Grafana adds empty moments behind the last bar, so a legend's last value would be a dash. */
export function bars(panel: TimeSeriesBuilder): TimeSeriesBuilder {
  return panel
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .min(0)
    .axisSoftMax(1)
    .legend(legend(LegendPlacement.Bottom, ['max']));
}

/** One large number of now, coloured by its threshold. */
export function stat(
  frame: Frame,
  queries: Builder<Dataquery>[],
  steps: Steps,
  mappings: readonly Mapping[] = [],
): StatBuilder {
  return framed(new StatBuilder(), frame, queries)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Background)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .colorScheme(byThreshold())
    .thresholds(thresholds(steps))
    .mappings([...mappings, absent()]);
}

/** A colour from its value upwards; the first one's value is null: from below. */
export type Steps = readonly (readonly [from: number | null, colour: string])[];

export function thresholds(steps: Steps): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]) => ({ value, color })));
}

/** A shade of one colour for each series. */
export function shadesOf(colour: string): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Shades).fixedColor(colour);
}

export function byThreshold(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

/** An override's property: a colour that does not change. */
export function fixedColour(colour: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: colour } };
}

/** An override of a series that is drawn, and neither in the legend nor in the tooltip. */
export const UNNAMED: DynamicConfigValue = {
  id: 'custom.hideFrom',
  value: { legend: true, tooltip: true, viz: false },
};

/** Gives the series of a region the region's colour. */
export function colourRegions<
  P extends { overrideByRegexp(pattern: string, properties: DynamicConfigValue[]): P },
>(panel: P): P {
  return regionColours().reduce(
    (coloured, { pattern, colour }) => coloured.overrideByRegexp(pattern, [fixedColour(colour)]),
    panel,
  );
}
