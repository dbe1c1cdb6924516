import type { FleetRow } from './row.js';
import { renderTextTable, type TableOptions } from './text-table.js';

interface Column {
  /** Above the titles of the columns that belong together. */
  readonly group?: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly text: (row: FleetRow) => string;
}

export const ABSENT = '–';
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
  const table = {
    aligns: COLUMNS.map(({ align }) => align),
    titles: [COLUMNS.map(({ group }) => group ?? ''), COLUMNS.map(({ title }) => title)],
    lines: rows.map((row) => ({
      cells: COLUMNS.map(({ text }) => text(row)),
      note: noteOf(row),
      dim: row.rank === null,
    })),
  };
  return renderTextTable(table, options);
}

/** Without a flag the code stands where the others' codes do. */
export function flagged({ flag, ...row }: Named & Pick<FleetRow, 'flag'>): string {
  return `${flag === '' ? NO_FLAG : flag} ${nameOfRow(row)}`;
}

type Named = Pick<FleetRow, 'region' | 'machine_short'>;

/** The region, and the machine where the region has several. */
export function nameOfRow({ region, machine_short }: Named): string {
  return machine_short === null ? region : `${region} ${machine_short}`;
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
