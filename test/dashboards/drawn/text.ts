import { STATE_COLOURS } from '../../../src/dashboards/colours.js';
import type { Cell, Drawn } from './draw.js';

/** Of a panel with more series or rows than this, the first are written and the rest are counted. */
const MOST = 12;

const COLOUR_NAMES = new Map<string, string>([
  ['#00000000', 'none'],
  ...Object.entries(STATE_COLOURS).map(([name, colour]) => [colour.toLowerCase(), name] as const),
]);

/** A colour by what it means in the dashboards, or as it is. */
export const colourName = (colour: string): string =>
  COLOUR_NAMES.get(colour.toLowerCase()) ?? colour;

/** A state's drawings as text: what a person would read, panel by panel. */
export function textOf(what: string, drawn: readonly Drawn[]): string {
  const parts = drawn.map((panel) => {
    const { dashboard, id, title, type } = panel;
    return [`## ${dashboard} ${id}: ${title} (${type})`, ...linesOf(panel)].join('\n');
  });
  return `# ${what}\n\n${parts.join('\n\n')}\n`;
}

function linesOf({ type, rows, panel }: Drawn): string[] {
  if (rows.length === 0) return [`(empty) ${panel.fieldConfig?.defaults.noValue ?? ''}`];
  const isTable = type === 'table' || type === 'geomap';
  const heading = isTable ? [(rows[0] ?? []).map(({ name }) => name).join(' | ')] : [];
  const lines = rows.map((row) =>
    isTable
      ? row.map(cell).join(' | ')
      : type === 'stat' || type === 'bargauge'
        ? tile(row)
        : line(type, row),
  );
  const isFleet = rows.length > MOST && isTable && type === 'table';
  const shown = isFleet ? lines : lines.slice(0, MOST);
  const rest = lines.length - shown.length;
  return [...heading, ...shown, ...(rest > 0 ? [`… and ${rest} more`] : [])];
}

function cell({ text, colour, link }: Cell): string {
  const shown = text === '' ? '(nothing)' : text;
  return shown + painted(colour) + (link === undefined ? '' : ` -> ${short(link)}`);
}

/** A link without what all have to carry; where one of that is missing, the link stays as it is. */
function short(link: string): string {
  return link
    .replace(
      /&var-fleet=[^&]+&var-target=([^&]+)&var-datasource=[^&]+&var-runbook=[^&]+&/,
      ', target $1, ',
    )
    .replace('https://runbooks.example.com/pglatency', 'runbook');
}

const painted = (colour: string | undefined) =>
  colour === undefined ? '' : ` [${colourName(colour)}]`;

const tile = (row: readonly Cell[]) => row.map((one) => `${one.name}: ${cell(one)}`).join(' | ');

/** A series: what it is at the end, and how often it is not there; of states, how long each lasted. */
function line(type: string, row: readonly Cell[]): string {
  const last = row.at(-1);
  const name = last?.name ?? '';
  if (type === 'state-timeline') return `${name}: ${runs(row).join(', ')}`;
  const gaps = row.filter(({ value }) => value === null).length;
  const end = last === undefined || last.value === null ? 'nothing' : last.text;
  const before =
    gaps === row.length ? '' : `, first ${row.find((c) => c.value !== null)?.text ?? ''}`;
  return `${name}: last ${end}${before}${gaps > 0 ? `, ${gaps} of ${row.length} missing` : ''}${fixed(last)}`;
}

/** A line's colour, where it is given and not the next of the palette. */
const fixed = (last: Cell | undefined) => (last?.colour === undefined ? '' : painted(last.colour));

function runs(row: readonly Cell[]): string[] {
  const parts: { text: string; count: number }[] = [];
  for (const one of row) {
    const text = one.value === null ? 'nothing' : cell(one);
    const last = parts.at(-1);
    if (last?.text === text) last.count += 1;
    else parts.push({ text, count: 1 });
  }
  return parts.map(({ text, count }) => `${text} × ${count}`);
}
