import {
  FieldColorModeId,
  VariableHide,
  VariableType,
  type Dashboard,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { isRow } from '../../../helpers/walk.js';
import { framesAfter } from '../draw.js';
import { fillRegistries, type Frame, type Grafana, type Replace } from '../library.js';
import { createReplace, valuesOf, type Values } from '../variables.js';
import { drawPanel, type Drawing } from './panels.js';
import { MARGIN, PHONE_BELOW, type Element, type Libraries, type Scene } from './scene.js';

/** Of Grafana's grid: 24 columns, a row and the space below it. */
const COLUMNS = 24;
const ROW = 38;
const SPACE = 8;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A dashboard as React draws it: what is asked of Prometheus is there before. */
export async function pageOf(libraries: Libraries, scene: Scene): Promise<Element> {
  const { createElement: h } = libraries.react;
  const { ThemeContext, GlobalStyles } = libraries.ui as { ThemeContext: { Provider: unknown } } & {
    GlobalStyles: unknown;
  };
  const grafana = fillRegistries(libraries.data);
  const values = valuesOf(scene.dashboard, scene.chosen);
  const replace = createReplace(values, grafana.library);
  const { boxes, height } = layout(scene);
  const panels = await Promise.all(
    boxes.map(async ([panel, box]) => {
      const style = { position: 'absolute', ...box };
      const inside = isRow(panel)
        ? `▾ ${replace(panel.title ?? '')}`
        : await chrome(libraries, grafana, scene, panel, box, replace);
      return h('div', { key: panel.id, style }, inside);
    }),
  );
  const title = h('div', { style: { padding: '8px 0' } }, headingOf(scene.dashboard, values));
  const grid = h('div', { style: { position: 'relative', height } }, panels);
  const { colors, typography } = grafana.theme as {
    colors: { background: { canvas: string }; text: { primary: string } };
    typography: { fontFamily: string };
  };
  const style = {
    padding: MARGIN,
    background: colors.background.canvas,
    color: colors.text.primary,
    fontFamily: typography.fontFamily,
    minHeight: '100vh',
  };
  return h(
    ThemeContext.Provider,
    { value: grafana.theme },
    h(GlobalStyles, {}),
    h('div', { style }, title, grid),
  );
}

async function chrome(
  libraries: Libraries,
  grafana: Grafana,
  { url, window }: Scene,
  panel: Panel,
  { width, height }: Box,
  replace: Replace,
): Promise<Element> {
  const frames = await framesAfter({ grafana, url, window }, asDrawn(panel), replace);
  nameFields(grafana, frames);
  const about = { panel, frames: panel.type === 'timeseries' ? finite(frames) : frames, window };
  const inside = (innerWidth: number, innerHeight: number) => {
    const drawing: Drawing = { ...about, width: innerWidth, height: innerHeight };
    return drawPanel(libraries, grafana, drawing);
  };
  const { title = '', description } = panel;
  const props = { title: replace(title), description, width, height };
  return libraries.react.createElement(libraries.ui['PanelChrome'], props, inside);
}

/** Grafana's tables read the names that this leaves in the fields. */
function nameFields({ library }: Grafana, frames: readonly Frame[]): void {
  for (const frame of frames) {
    for (const field of frame.fields) library.getFieldDisplayName(field, frame, frames);
  }
}

/** Grafana's panel of time series gives a line the next colour of its palette, where none is said. */
function asDrawn(panel: Panel): Panel {
  if (panel.type !== 'timeseries') return panel;
  const { defaults, overrides } = panel.fieldConfig ?? { defaults: {}, overrides: [] };
  const color = defaults.color ?? { mode: FieldColorModeId.PaletteClassic };
  return { ...panel, fieldConfig: { defaults: { ...defaults, color }, overrides } };
}

/** Neither does it draw a figure that is not finite. */
function finite(frames: readonly Frame[]): Frame[] {
  const only = (value: unknown) => (Number.isFinite(value) ? value : null);
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) =>
      field.type === 'number' ? { ...field, values: field.values.map(only) } : field,
    ),
  }));
}

/** Where each panel and each row is, as Grafana places them. */
function layout({ dashboard, width }: Scene) {
  const inner = width - 2 * MARGIN;
  const cell = (inner + SPACE) / COLUMNS;
  const all = (dashboard.panels ?? []).flatMap<Panel | RowPanel>((panel) =>
    isRow(panel) ? [panel, ...panel.panels] : [panel],
  );
  let below = 0;
  const boxes = all.map((panel) => {
    const { x = 0, y = 0, w = COLUMNS, h = 1 } = panel.gridPos ?? {};
    const height = h * ROW - SPACE;
    const top = below;
    below += h * ROW;
    const box: Box =
      width < PHONE_BELOW
        ? { left: 0, top, width: inner, height }
        : { left: x * cell, top: y * ROW, width: w * cell - SPACE, height };
    return [panel, box] as const;
  });
  return { boxes, height: Math.max(...boxes.map(([, { top, height }]) => top + height)) };
}

function headingOf({ title, templating }: Dashboard, values: Values): string {
  const shown = (templating.list ?? []).filter(
    ({ type, hide }) => type !== VariableType.Datasource && hide !== VariableHide.HideVariable,
  );
  const chosen = shown.map(({ label, name }) => `${label ?? name}: ${values[name]?.text ?? ''}`);
  return [title, ...chosen].join('   ');
}
