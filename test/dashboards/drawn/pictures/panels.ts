import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Window } from '../frames.js';
import type { Field, Frame, Grafana, Shown } from '../library.js';
import type { Element, Libraries } from './scene.js';
import { drawHeatmap, drawMap, drawTimeline } from './stand-ins.js';

/** A panel that has its data, and the room that it has. */
export interface Drawing {
  readonly panel: Panel;
  readonly frames: readonly Frame[];
  readonly window: Window;
  readonly width: number;
  readonly height: number;
}

/** With Grafana's own components where they are published; where not, with ours. */
export function drawPanel(libraries: Libraries, grafana: Grafana, drawing: Drawing): Element {
  const { panel, frames, height } = drawing;
  if (panel.type === 'stat' || panel.type === 'bargauge') {
    return repeated(libraries, grafana, drawing);
  }
  if (frames.every(({ length }) => length === 0)) {
    const style = { textAlign: 'center', paddingTop: height / 2 - 10 };
    const text = panel.fieldConfig?.defaults.noValue ?? 'No data';
    return libraries.react.createElement('div', { style }, text);
  }
  switch (panel.type) {
    case 'timeseries':
      return timeSeries(libraries, drawing);
    case 'table':
      return table(libraries, drawing);
    case 'state-timeline':
      return drawTimeline(libraries, grafana, drawing);
    case 'heatmap':
      return drawHeatmap(libraries, drawing);
    case 'geomap':
      return drawMap(libraries, drawing);
    default:
      throw new Error(`nothing draws a panel of the type "${panel.type}"`);
  }
}

/** As Grafana's components want it. */
function timeRangeOf({ data }: Libraries, { from, to }: Window) {
  const [start, end] = [data.dateTime(from * 1_000), data.dateTime(to * 1_000)];
  return { from: start, to: end, raw: { from: start, to: end } };
}

function timeSeries(libraries: Libraries, drawing: Drawing): Element {
  const { panel, frames, window, width, height } = drawing;
  const options = panel.options as { legend: unknown };
  return libraries.react.createElement(libraries.ui['TimeSeries'], {
    frames,
    timeRange: timeRangeOf(libraries, window),
    timeZone: 'utc',
    width,
    height,
    legend: options.legend,
    options,
  });
}

function table(libraries: Libraries, { panel, frames, window, width, height }: Drawing): Element {
  const { sortBy, cellHeight } = panel.options as { sortBy?: unknown; cellHeight?: unknown };
  return libraries.react.createElement(libraries.ui['TableNG'], {
    data: frames[0],
    width,
    height,
    sortBy,
    cellHeight,
    fieldConfig: panel.fieldConfig,
    timeRange: timeRangeOf(libraries, window),
    structureRev: 1,
  });
}

interface Value {
  readonly display: Shown;
  readonly field: unknown;
  readonly sparkline?: unknown;
}

interface Repeated {
  readonly value: Value;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly alignmentFactors: unknown;
}

/** One tile or bar a value. */
function repeated(libraries: Libraries, grafana: Grafana, drawing: Drawing): Element {
  const { react, data, ui } = libraries;
  const { panel, frames, width, height } = drawing;
  const options = panel.options as Readonly<Record<string, unknown>>;
  const values = data.getFieldDisplayValues({
    fieldConfig: panel.fieldConfig,
    reduceOptions: options['reduceOptions'],
    data: frames,
    theme: grafana.theme,
    replaceVariables: (text: string) => text,
    timeZone: 'utc',
  });
  const draw = panel.type === 'stat' ? tile : bar;
  return react.createElement(ui['VizRepeater'], {
    getValues: () => values,
    source: frames,
    renderCounter: 1,
    width,
    height,
    orientation: options['orientation'] ?? 'auto',
    autoGrid: true,
    itemSpacing: 8,
    minVizHeight: options['minVizHeight'] ?? 16,
    minVizWidth: options['minVizWidth'] ?? 8,
    getAlignmentFactors: data.getDisplayValueAlignmentFactors,
    renderValue: (one: Repeated) => draw(libraries, grafana, options, one),
  });
}

type Options = Readonly<Record<string, unknown>>;

function tile({ react, ui }: Libraries, { theme }: Grafana, options: Options, one: Repeated) {
  const { value, count, width, height, alignmentFactors } = one;
  const auto = count === 1 ? 'value' : 'value_and_name';
  return react.createElement(ui['BigValue'], {
    value: value.display,
    count,
    width,
    height,
    theme,
    alignmentFactors,
    sparkline: value.sparkline,
    colorMode: options['colorMode'],
    graphMode: options['graphMode'],
    justifyMode: options['justifyMode'],
    textMode: options['textMode'] === 'auto' ? auto : options['textMode'],
    wideLayout: options['wideLayout'],
  });
}

function bar({ react, ui }: Libraries, { theme }: Grafana, options: Options, one: Repeated) {
  const { value, width, height, alignmentFactors } = one;
  return react.createElement(ui['BarGauge'], {
    value: value.display,
    width,
    height,
    theme,
    alignmentFactors,
    field: value.field as Field,
    orientation: options['orientation'],
    displayMode: options['displayMode'],
    showUnfilled: options['showUnfilled'],
    valueDisplayMode: options['valueMode'],
    itemSpacing: 8,
    lcdCellWidth: 12,
  });
}
