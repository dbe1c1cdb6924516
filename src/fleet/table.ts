import type { FleetRow } from './row.js';
import { displayWidth, truncate } from './text-width.js';

export interface TableOptions {
  /** Colours, for a terminal. */
  readonly colour: boolean;
  /** Columns that there are; the note at a line's end is cut to fit. Default: no limit. */
  readonly width?: number;
}

interface Column {
  /** Above the titles of the columns that belong together. */
  readonly group?: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly text: (row: FleetRow) => string;
}

const ABSENT = '–';
const GAP = '  ';
const NO_FLAG = '  ';

const milliseconds = (value: number | null) => (value === null ? ABSENT : value.toFixed(2));

const COLUMNS: readonly Column[] = [
  { title: 'region', align: 'left', text: (row) => flagged(row) },
  { title: 'location', align: 'left', text: ({ city }) => city },
  { group: 'insert', title: 'p50', align: 'right', text: (row) => milliseconds(row.insert_p50_ms) },
  { title: 'p95', align: 'right', text: (row) => milliseconds(row.insert_p95_ms) },
  { title: 'RTTs', align: 'right', text: ({ insert_round_trips: it }) => it?.toFixed(1) ?? ABSENT },
  { group: 'select', title: 'p50', align: 'right', text: (row) => milliseconds(row.read_p50_ms) },
  { title: 'p95', align: 'right', text: (row) => milliseconds(row.read_p95_ms) },
  { title: 'connect', align: 'right', text: (row) => milliseconds(row.connect_ms) },
  { title: 'failed', align: 'right', text: (row) => failureCount(row) },
  { title: 'rank', align: 'right', text: ({ rank }) => (rank === null ? ABSENT : String(rank)) },
];

/** What the columns mean, for the line below the table. */
export const TABLE_LEGEND =
  `milliseconds; ranked by select, then insert; RTTs: insert p50 over ping p50; ` +
  `${ABSENT} was not measured`;

/**
 * The rows, in their order, as lines for a terminal: two of titles, then one a row. Pure. Why a region was
 * not measured, and what failed, stands at its line's end.
 */
export function renderTable(rows: readonly FleetRow[], options: TableOptions): string[] {
  const cells = rows.map((row) => COLUMNS.map(({ text }) => printable(text(row))));
  const titles = [COLUMNS.map(({ group }) => group ?? ''), COLUMNS.map(({ title }) => title)];
  const widths = COLUMNS.map((_, i) =>
    Math.max(...[...titles, ...cells].map((line) => displayWidth(line[i] ?? ''))),
  );
  const style = (code: number, text: string) =>
    options.colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text;
  const lines = cells.map((line, i) => {
    const row = rows[i] as FleetRow;
    const body = layOut(line, widths);
    const space = (options.width ?? Infinity) - displayWidth(body + GAP);
    const note = truncate(printable(noteOf(row)), Math.max(0, space));
    if (note === '') return body;
    return `${row.rank === null ? style(DIM, body) : body}${GAP}${style(RED, note)}`;
  });
  return [...titles.map((line) => style(BOLD, layOut(line, widths))), ...lines];
}

const BOLD = 1;
const DIM = 2;
const RED = 31;

function layOut(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, i) => {
      const padding = ' '.repeat((widths[i] ?? 0) - displayWidth(cell));
      return COLUMNS[i]?.align === 'right' ? padding + cell : cell + padding;
    })
    .join(GAP);
}

/** Without a flag the code stands where the others' codes do. */
function flagged({ flag, region }: FleetRow): string {
  return `${flag === '' ? NO_FLAG : flag} ${region}`;
}

/** 0 is a count; without a run there is none. */
function failureCount({ failures, timestamp }: FleetRow): string {
  if (timestamp === null) return ABSENT;
  return String(failures.reduce((sum, { count }) => sum + count, 0));
}

function noteOf({ error, failures }: FleetRow): string {
  const counts = failures.map(({ operation, reason, count }) => `${operation} ${reason} ×${count}`);
  return [...(error === null ? [] : [error]), ...counts].join(', ');
}

/** A database's message must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trimEnd();
}
