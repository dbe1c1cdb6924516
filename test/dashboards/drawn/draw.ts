import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { panelsOf } from '../../helpers/walk.js';
import { boundOf, separate } from './buckets.js';
import { ask, framesOf, targetsOf, timeSeriesTable, type Target, type Window } from './frames.js';
import type { Field, Frame, Grafana, Replace, Shown } from './library.js';
import { createReplace, type Values } from './variables.js';

/** One value as it is seen. */
export interface Cell {
  /** A series' or a tile's name; a column's in a table. */
  readonly name: string;
  readonly text: string;
  readonly unit: string;
  /** Where the panel colours by value. */
  readonly colour?: string;
  readonly link?: string;
  /** Null where nothing was measured. */
  readonly value: number | string | null;
}

export interface Line {
  readonly name: string;
  readonly colour: string;
}

/** A panel after queries, transformations and overrides. */
export interface Drawn {
  readonly dashboard: string;
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly panel: Panel;
  /** Of a time series: the colour of each line that its legend names. */
  readonly lines: readonly Line[];
  /** Tiles and series are one row each; of a series every value is a cell. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface Place {
  readonly grafana: Grafana;
  readonly url: string;
  readonly window: Window;
}

/** Draws every panel of a dashboard, as far as its data goes. */
export async function drawDashboard(place: Place, dashboard: Dashboard, values: Values) {
  const { library } = place.grafana;
  const replace = createReplace(values, library);
  const drawn: Drawn[] = [];
  for (const panel of panelsOf(dashboard)) {
    const data = await framesAfter(place, panel, replace);
    drawn.push({
      dashboard: (dashboard.title ?? '').replace('pglatency / ', ''),
      id: panel.id ?? 0,
      title: replace(panel.title ?? ''),
      type: panel.type,
      panel,
      lines: panel.type === 'timeseries' ? linesOf(place.grafana, data) : [],
      rows: rowsOf(place.grafana, panel, data),
    });
  }
  return drawn;
}

/** A line that changes, and is drawn as if it did not. */
export const FLAT = 'flat line';

/** A panel's frames after queries, transformations and overrides. */
export async function framesAfter(place: Place, panel: Panel, replace: Replace): Promise<Frame[]> {
  const { grafana, url, window } = place;
  const targets = targetsOf(panel);
  const tables = targets.filter(({ format }) => format === PromQueryFormat.Table).length;
  const answers = targets.map(async (target: Target) => {
    const answer = await ask(url, { ...target, expr: replace(target.expr) }, window);
    return framesOf(grafana, target, answer, window, tables);
  });
  let frames = (await Promise.all(answers)).flat();
  for (const step of panel.transformations ?? []) {
    frames =
      step.id === 'timeSeriesTable'
        ? [
            ...frames.filter(({ refId }) => refId !== step.filter?.options),
            ...timeSeriesTable(
              grafana,
              frames.filter(({ refId }) => refId === step.filter?.options),
            ),
          ]
        : await transformed(grafana, step, frames, replace);
  }
  const fieldConfig = JSON.parse(JSON.stringify(panel.fieldConfig), (key, value: unknown) =>
    typeof value === 'string' && key !== 'url' ? replace(value) : value,
  ) as unknown;
  return grafana.library.applyFieldOverrides({
    data: frames,
    fieldConfig,
    replaceVariables: replace,
    theme: grafana.theme,
    fieldConfigRegistry: grafana.fieldConfigRegistry,
    timeZone: 'utc',
  });
}

function transformed({ library }: Grafana, step: unknown, frames: Frame[], replace: Replace) {
  return new Promise<Frame[]>((resolve, reject) => {
    library
      .transformDataFrame([step], frames, { interpolate: (text: string) => replace(text) })
      .subscribe({ next: resolve, error: reject });
  });
}

function rowsOf(grafana: Grafana, panel: Panel, data: Frame[]): Cell[][] {
  if (panel.type === 'stat' || panel.type === 'bargauge') return tilesOf(grafana, panel, data);
  if (panel.type === 'table' || panel.type === 'geomap') return tableRows(grafana, panel, data);
  if (panel.type === 'heatmap') return heatmapRows(data);
  return data.flatMap((frame) =>
    frame.fields
      .filter(({ type }) => type === 'number')
      .map((field) => {
        const name = grafana.library.getFieldDisplayName(field, frame, data);
        return field.values.map((_, row) => cellOf(grafana, field, row, name, panel.type));
      }),
  );
}

function linesOf({ library, theme }: Grafana, data: Frame[]): Line[] {
  return data.flatMap((frame) =>
    frame.fields
      .filter(({ type, config }) => type === 'number' && !hidesLegend(config.custom))
      .map((field) => ({
        name: library.getFieldDisplayName(field, frame, data),
        colour: library.getFieldSeriesColor(field, theme).color,
      })),
  );
}

const hidesLegend = (custom: Field['config']['custom']): boolean =>
  ((custom?.['hideFrom'] ?? {}) as { legend?: boolean }).legend === true;

/** A row a bucket, with what is in it alone. The panel's unit is the one of its axis. */
function heatmapRows(data: Frame[]): Cell[][] {
  const buckets = data.flatMap(({ fields }) => fields.filter(({ type }) => type === 'number'));
  return separate(buckets).map((bucket) =>
    bucket.values.map((raw) => {
      const value = typeof raw === 'number' && Number.isFinite(raw) ? raw : null;
      const text = String(Math.round(value ?? 0));
      return { name: boundOf(bucket), text, unit: 'none', value };
    }),
  );
}

function tilesOf({ library, theme }: Grafana, panel: Panel, data: Frame[]): Cell[][] {
  const { reduceOptions } = panel.options as { reduceOptions: unknown };
  const values = library.getFieldDisplayValues({
    fieldConfig: panel.fieldConfig,
    reduceOptions,
    data,
    theme,
    replaceVariables: (text: string) => text,
    timeZone: 'utc',
  });
  return values.map(({ display }) => {
    const absent = data.length === 0 || !Number.isFinite(display.numeric);
    return [
      {
        name: display.title ?? '',
        text: library.formattedValueToString(display),
        unit: panel.fieldConfig?.defaults.unit ?? '',
        value: absent ? null : display.numeric,
        ...(display.color === undefined ? {} : { colour: display.color }),
      },
    ];
  });
}

function tableRows(grafana: Grafana, panel: Panel, data: Frame[]): Cell[][] {
  const { library } = grafana;
  const nameOf = (field: Field, frame: Frame) => library.getFieldDisplayName(field, frame, data);
  const { sortBy = [] } = panel.options as { sortBy?: { displayName: string; desc?: boolean }[] };
  const [frame] = data;
  if (frame === undefined) return [];
  const seen = frame.fields.filter(({ config }) => !isHidden(panel, config.custom));
  const rows = Array.from({ length: frame.length }, (_, row) =>
    seen.map((field) => cellOf(grafana, field, row, nameOf(field, frame), panel.type)),
  );
  // A row's links know it by its place before it was sorted.
  return [...sortBy].reverse().reduce((sorted, { displayName, desc }) => {
    const column = seen.findIndex((field) => nameOf(field, frame) === displayName);
    const valueOf = (row: Cell[]) => row[column]?.value;
    return sorted.toSorted((a, b) => compare(valueOf(a), valueOf(b)) * (desc === true ? -1 : 1));
  }, rows);
}

function compare(a: Cell['value'] | undefined, b: Cell['value'] | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}

/** In no column of a table, and in no tooltip of a map. */
function isHidden({ type }: Panel, custom: Field['config']['custom']): boolean {
  const { tooltip } = (custom?.['hideFrom'] ?? {}) as { tooltip?: boolean };
  return type === 'geomap' ? tooltip === true : custom?.['hidden'] === true;
}

/** Of a table only a cell that is told to has a colour. */
function cellOf({ library }: Grafana, field: Field, row: number, name: string, type: string): Cell {
  const raw = field.values[row];
  const number = typeof raw === 'number' ? (Number.isFinite(raw) ? raw : null) : undefined;
  const shown: Shown | undefined = field.display?.(raw);
  const options = field.config.custom?.['cellOptions'] as { type?: string } | undefined;
  const coloured = colours(field, options?.type, type);
  const link = field.getLinks?.({ valueRowIndex: row })[0]?.href;
  const isFrame = field.type === 'frame';
  return {
    name,
    text: isFrame
      ? sparkline(raw)
      : shown === undefined
        ? String(raw)
        : library.formattedValueToString(shown),
    unit: field.config.unit ?? '',
    value: isFrame ? 'line' : (number ?? (typeof raw === 'string' ? raw : null)),
    ...(coloured && shown?.color !== undefined && field.type === 'number'
      ? { colour: shown.color }
      : {}),
    ...(link === undefined ? {} : { link }),
  };
}

/** Tables colour cells that are told to, maps their circles, timelines all; lines only where a colour is given. */
function colours({ config, name }: Field, cellType: string | undefined, type: string): boolean {
  if (type === 'table') return cellType?.startsWith('color') === true || cellType === 'gauge';
  if (type === 'geomap') return name === 'Value #state';
  return type === 'state-timeline' || config.color?.mode === 'fixed';
}

/** Grafana rounds its limits to the field's decimals: where they become one, a change is not seen. */
function sparkline(frame: unknown): string {
  const field = (frame as Frame | undefined)?.fields[1];
  const values = (field?.values ?? []).filter((value) => Number.isFinite(value)).map(Number);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const rounded = (value: number) => value.toFixed(field?.config.decimals ?? 9);
  const hides = high > low * 1.05 && rounded(low) === rounded(high);
  return `(a ${hides ? FLAT : 'line'} of ${values.length} points${high > low ? `, ${low} to ${high}` : ''})`;
}
