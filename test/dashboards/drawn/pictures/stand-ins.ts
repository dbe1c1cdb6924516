import { landPath, project, WORLD } from '../../../../src/page/client/world.js';
import { boundOf, separate } from '../buckets.js';
import type { Field, Frame, Grafana } from '../library.js';
import type { Drawing } from './panels.js';
import type { Element, Libraries } from './scene.js';

/** Panels that Grafana publishes no component of: coarse, but with the same data, colours and words. */

const TEXT = '#CCCCDC';
const LAND = '#2C3038';
const FONT_SIZE = 12;
/** Pixels of a letter, about. */
const LETTER = 7;
const AXIS = 20;

const shown = (field: Field, row: number) => field.display?.(field.values[row]);

const numbersOf = (frame: Frame): Field[] => frame.fields.filter(({ type }) => type === 'number');

function picture({ react }: Libraries, { width, height }: Drawing, ...parts: Element[]): Element {
  return react.createElement('svg', { width, height, fontSize: FONT_SIZE, fill: TEXT }, ...parts);
}

/** Runs of one value, as a timeline merges them. */
function runsOf(field: Field) {
  const runs: { readonly value: unknown; readonly row: number; count: number }[] = [];
  field.values.forEach((value, row) => {
    const last = runs.at(-1);
    if (last !== undefined && last.value === value) last.count += 1;
    else runs.push({ value, row, count: 1 });
  });
  return runs;
}

export function drawTimeline(libraries: Libraries, grafana: Grafana, drawing: Drawing): Element {
  const { createElement: h } = libraries.react;
  const { frames, width, height } = drawing;
  const { perPage = frames.length } = drawing.panel.options as { perPage?: number };
  const rows = frames
    .slice(0, perPage)
    .flatMap((frame) =>
      numbersOf(frame).map(
        (field) => [grafana.library.getFieldDisplayName(field, frame, frames), field] as const,
      ),
    );
  const left = Math.min(width / 3, LETTER * Math.max(...rows.map(([name]) => name.length)) + 8);
  const thick = Math.min(36, (height - AXIS) / rows.length);
  const parts = rows.flatMap(([name, field], index) => {
    const middle = (index + 0.65) * thick;
    const wide = (width - left) / field.values.length;
    const blocks = runsOf(field).flatMap(({ value, row, count }) => {
      const at = shown(field, row);
      if (value === null || at === undefined) return [];
      const x = left + row * wide;
      const size = { x, y: index * thick + 1, width: count * wide, height: thick * 0.9 };
      const block = h('rect', { ...size, fill: at.color, key: `${name} ${row}` });
      const fits = at.text.length * LETTER < count * wide && thick > FONT_SIZE;
      return fits
        ? [block, h('text', { x: x + 4, y: middle, key: `${name} ${row} t` }, at.text)]
        : [block];
    });
    return [h('text', { x: 0, y: middle, key: name }, name), ...blocks];
  });
  return picture(libraries, drawing, parts);
}

/** A row a bucket; the more values are in it, the stronger its colour. */
export function drawHeatmap(libraries: Libraries, drawing: Drawing): Element {
  const { createElement: h } = libraries.react;
  const { frames, width, height } = drawing;
  const rows = separate(frames.flatMap(numbersOf));
  const most = Math.max(...rows.flatMap(({ values }) => values.map(Number)));
  const left = 60;
  const thick = (height - AXIS) / rows.length;
  const parts = rows.flatMap((field, index) => {
    const y = height - AXIS - (index + 1) * thick;
    const wide = (width - left) / field.values.length;
    const cells = field.values.flatMap((value, row) => {
      if (typeof value !== 'number' || value <= 0) return [];
      const size = { x: left + row * wide, y, width: wide, height: thick };
      return [h('rect', { ...size, fill: '#FF9830', opacity: value / most, key: row })];
    });
    const every = Math.ceil((FONT_SIZE + 2) / thick);
    const name =
      index % every === 0 ? [h('text', { x: 0, y: y + thick, key: 'le' }, boundOf(field))] : [];
    return [h('g', { key: index }, ...name, ...cells)];
  });
  return picture(libraries, drawing, parts);
}

/** Circles on a world, as the layer of markers has them. */
export function drawMap(libraries: Libraries, drawing: Drawing): Element {
  const { createElement: h } = libraries.react;
  const { frames, width, height } = drawing;
  const scale = Math.min(width / WORLD.width, height / WORLD.height);
  const field = (name: string) => frames[0]?.fields.find((one) => one.name === name);
  const [latitude, longitude] = [field('latitude'), field('longitude')];
  const [size, state, region] = [field('Value #size'), field('Value #state'), field('region')];
  const sizes = (size?.values ?? []).map(Number);
  const largest = Math.max(...sizes.filter(Number.isFinite), Number.MIN_VALUE);
  const land = h('path', {
    d: landPath(),
    stroke: LAND,
    strokeWidth: 6,
    strokeLinecap: 'round',
    transform: `scale(${scale})`,
  });
  const marks = (latitude?.values ?? []).flatMap((_, row) => {
    const [north, east] = [latitude?.values[row], longitude?.values[row]];
    if (!Number.isFinite(north) || !Number.isFinite(east)) return [];
    const [x, y] = project(Number(north), Number(east)).map((value) => value * scale);
    const radius = 7 + (17 * (sizes[row] ?? 0)) / largest;
    const fill = state === undefined ? 'grey' : shown(state, row)?.color;
    const circle = h('circle', { cx: x, cy: y, r: radius, fill, opacity: 0.75 });
    const name = h(
      'text',
      { x, y: Number(y) - 20, textAnchor: 'middle' },
      String(region?.values[row]),
    );
    return [h('g', { key: row }, circle, name)];
  });
  const middle = Math.max(0, (height - WORLD.height * scale) / 2);
  const world = h('g', { transform: `translate(0 ${middle})` }, land, marks);
  return picture(libraries, drawing, world);
}
