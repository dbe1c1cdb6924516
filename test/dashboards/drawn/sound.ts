import { STATE_COLOURS } from '../../../src/dashboards/colours.js';
import { FLAT, type Cell, type Drawn } from './draw.js';
import { colourName } from './text.js';

/** What no value may read as. */
const UNREADABLE = /NaN|undefined|\bnull\b|Infinity|\$\{|\$[a-z]/;
/** Colours that say nothing good or bad of what they are on. */
const NEUTRAL: readonly string[] = [STATE_COLOURS.waiting, '#00000000', STATE_COLOURS.unknown];
/** A share of more than all: of a normal, not of a whole. */
const MAY_PASS_100 = ['Change'];

/** What is wrong with a panel whatever the state is; empty panels are judged by `emptyIn`. */
export function faultsOf(state: string, panel: Drawn): string[] {
  const where = `${state}: ${panel.dashboard} ${panel.id} "${panel.title}"`;
  const { description = '', fieldConfig } = panel.panel;
  const faults = panel.rows.flat().flatMap((cell) => cellFaults(panel, cell));
  if (UNREADABLE.test(panel.title)) faults.push('its title has a variable that nothing fills in');
  if (description.length < 20) faults.push('it has no description');
  if (!fieldConfig?.defaults.unit) faults.push('it has no unit');
  faults.push(...lineFaults(panel), ...columnFaults(panel));
  if (
    panel.type !== 'stat' &&
    isEmpty(panel) &&
    !/\w+ \w+/.test(fieldConfig?.defaults.noValue ?? '')
  ) {
    faults.push('it is empty, and does not say in words what that means');
  }
  return [...new Set(faults)].map((fault) => `${where}: ${fault}`);
}

function cellFaults({ type }: Drawn, cell: Cell): string[] {
  const { name, text, unit, value, colour, link } = cell;
  const judged = type === 'stat' || type === 'bargauge' || type === 'table' || type === 'geomap';
  const faults: string[] = [];
  for (const shown of [name, text, link ?? '']) {
    if (UNREADABLE.test(shown)) faults.push(`"${name}" reads "${shown}"`);
  }
  if (judged && value === null && colour !== undefined && !NEUTRAL.includes(colour)) {
    faults.push(`"${name}" has no value, and the colour ${colourName(colour)}`);
  }
  if (type === 'heatmap' && typeof value === 'number' && value < 0) {
    faults.push(`the bucket "${name}" holds less than the one below it`);
  }
  if (text.includes(FLAT)) faults.push(`"${name}" changes, and is drawn as a flat line`);
  const beyond = typeof value === 'number' && value > 1 && unit === 'percentunit';
  if (beyond && !MAY_PASS_100.includes(name)) faults.push(`"${name}" is ${text} of a whole`);
  return faults;
}

/** Pixels of a letter of a table, about, and of what is beside a cell's text. */
const LETTER = 7.5;
const BESIDE = 8;

/** What does not fit into a column of a fixed width: nobody sees that it is cut. */
function columnFaults({ type, panel, rows }: Drawn): string[] {
  if (type !== 'table') return [];
  const widths = new Map(
    (panel.fieldConfig?.overrides ?? []).flatMap(({ matcher, properties }) =>
      properties.flatMap(({ id, value }) =>
        id === 'custom.width' ? [[String(matcher.options), Number(value)] as const] : [],
      ),
    ),
  );
  return rows
    .flat()
    .filter(({ name, text }) => text.length * LETTER + BESIDE > (widths.get(name) ?? Infinity))
    .map(({ name, text }) => `"${text}" does not fit into the column "${name}"`);
}

/** More lines than this are a fleet's: no palette keeps them all apart. */
const FEW = 40;
/** Of 442 from black to white. */
const NEAR = 40;
/** Compared with a normal that is drawn behind them, or that is 1. */
const MAY_BEGIN_ABOVE_ZERO = /p50, p95, p99$|^Against normal/;

/** What makes a line or its height hard to read. */
function lineFaults({ type, title, lines, panel, rows }: Drawn): string[] {
  if (type !== 'timeseries') return [];
  const defaults = panel.fieldConfig?.defaults;
  const custom = (defaults?.custom ?? {}) as { axisSoftMin?: number; axisSoftMax?: number };
  const softMin = custom.axisSoftMin;
  const faults =
    defaults?.min === 0 || softMin === 0 || MAY_BEGIN_ABOVE_ZERO.test(title)
      ? []
      : ['its axis need not begin at zero'];
  const values = rows.flat().flatMap(({ value }) => value ?? []);
  const isZero = values.length > 0 && values.every((value) => value === 0);
  if (isZero && (defaults?.max ?? custom.axisSoftMax) === undefined) {
    faults.push('it is a line of zeros, on an axis up to 100');
  }
  const { drawStyle } = (defaults?.custom ?? {}) as { drawStyle?: string };
  const { legend } = panel.options as { legend: { calcs: readonly string[] } };
  if (drawStyle === 'bars' && legend.calcs.includes('last')) {
    faults.push('its legend names a last value, which bars do not have in Grafana');
  }
  if (lines.length > FEW) return faults;
  const pairs = lines.flatMap((one, index) =>
    lines.slice(index + 1).map((two) => [one, two] as const),
  );
  const alike = pairs.filter(([one, two]) => distance(one.colour, two.colour) < NEAR);
  return [
    ...faults,
    ...alike.map(([one, two]) => `"${one.name}" and "${two.name}" have nearly the same colour`),
  ];
}

/** Between two colours as `#RRGGBB` or `rgb(r, g, b)`. */
function distance(one: string, two: string): number {
  const [from, to] = [channels(one), channels(two)];
  return Math.hypot(...from.map((value, index) => value - (to[index] ?? 0)));
}

function channels(colour: string): number[] {
  const hex = /^#(..)(..)(..)/.exec(colour);
  if (hex !== null) return hex.slice(1).map((part) => parseInt(part, 16));
  const numbers = colour
    .match(/[\d.]+/g)
    ?.slice(0, 3)
    .map(Number);
  if (numbers?.length !== 3) throw new Error(`no colour that is known: ${colour}`);
  return numbers;
}

/** Whether there is nothing to be seen in it. */
export const isEmpty = ({ rows }: Drawn): boolean =>
  rows.flat().every(({ value }) => value === null);
