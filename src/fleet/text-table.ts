import { displayWidth, truncate } from './text-width.js';

export interface TableOptions {
  /** Colours, for a terminal. */
  readonly colour: boolean;
  /** Columns that there are; the note at a line's end is cut to fit. Default: no limit. */
  readonly width?: number;
}

export interface TextTable {
  /** A column each. */
  readonly aligns: readonly ('left' | 'right')[];
  readonly titles: readonly (readonly string[])[];
  readonly lines: readonly TextLine[];
}

export interface TextLine {
  readonly cells: readonly string[];
  /** At the line's end, in red. */
  readonly note: string;
  readonly dim: boolean;
}

const GAP = '  ';
const BOLD = 1;
const DIM = 2;
const RED = 31;

/** The titles and the lines with their columns aligned, for a terminal. Pure. */
export function renderTextTable(table: TextTable, options: TableOptions): string[] {
  const lines = table.lines.map((line) => ({ ...line, cells: line.cells.map(printable) }));
  const all = [...table.titles, ...lines.map(({ cells }) => cells)];
  const widths = table.aligns.map((_, i) =>
    Math.max(...all.map((cells) => displayWidth(cells[i] ?? ''))),
  );
  const layOut = (cells: readonly string[]) =>
    table.aligns.map((align, i) => pad(cells[i] ?? '', widths[i] ?? 0, align)).join(GAP);
  const style = (code: number, text: string) =>
    options.colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  const bodies = lines.map(({ cells, note, dim }) => {
    const body = layOut(cells);
    const space = (options.width ?? Infinity) - displayWidth(body + GAP);
    const shown = truncate(printable(note), Math.max(0, space));
    if (shown === '') return body;
    return `${dim ? style(DIM, body) : body}${GAP}${style(RED, shown)}`;
  });
  return [...table.titles.map((cells) => style(BOLD, layOut(cells))), ...bodies];
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const padding = ' '.repeat(width - displayWidth(text));
  return align === 'right' ? padding + text : text + padding;
}

/** A stranger's message must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trimEnd();
}
