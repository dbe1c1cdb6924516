import type { FleetRow } from '../fleet/row.js';
import { ABSENT, nameOfRow, renderTable, TABLE_LEGEND } from '../fleet/table.js';
import { renderCsv, renderMarkdown } from './markup.js';
import type { Format, Sort } from './options.js';

type Figure = 'read_p50_ms' | 'insert_p50_ms' | 'connect_ms';
const SORT_BY: Readonly<Record<Exclude<Sort, 'rank' | 'region'>, Figure>> = {
  read: 'read_p50_ms',
  insert: 'insert_p50_ms',
  connect: 'connect_ms',
};

/** Ranked rows in another order; their ranks stay. What was not measured comes last. */
export function sortRows(rows: readonly FleetRow[], sort: Sort): FleetRow[] {
  if (sort === 'rank') return [...rows];
  if (sort === 'region') return [...rows].sort((a, b) => (nameOfRow(a) < nameOfRow(b) ? -1 : 1));
  const figure = SORT_BY[sort];
  return [...rows].sort((a, b) => (a[figure] ?? Infinity) - (b[figure] ?? Infinity) || 0);
}

/** The rows as text, without the last line break. */
export function formatRows(
  rows: readonly FleetRow[],
  format: Format,
  terminal: { colour: boolean; width?: number },
): string {
  switch (format) {
    case 'json':
      return JSON.stringify(rows, null, 2);
    case 'csv':
      return csv(rows);
    case 'markdown':
      return markdown(rows);
    case 'table':
      return [...renderTable(rows, terminal), '', TABLE_LEGEND].join('\n');
  }
}

const figure = (value: number | null, digits = 2) => value?.toFixed(digits) ?? ABSENT;

const HEADS = [
  ...['', 'Region', 'Location', 'Insert p50', 'p95', 'Read p50', 'p95', 'Connect', 'Failures'],
  ...['Insert round trips', 'Rank', ''],
];

function markdown(rows: readonly FleetRow[]): string {
  const lines = rows.map((row) => [
    row.flag,
    nameOfRow(row),
    row.city,
    figure(row.insert_p50_ms),
    figure(row.insert_p95_ms),
    figure(row.read_p50_ms),
    figure(row.read_p95_ms),
    figure(row.connect_ms),
    row.timestamp === null ? ABSENT : String(failuresOf(row)),
    figure(row.insert_round_trips, 1),
    row.rank === null ? ABSENT : String(row.rank),
    row.error ?? '',
  ]);
  // Without an error the column of errors would be empty.
  const hasErrors = rows.some(({ error }) => error !== null);
  const kept = [HEADS, ...lines].map((cells) => (hasErrors ? cells : cells.slice(0, -1)));
  const isNumber = (column: number) => column >= 3 && column < HEADS.length - 1;
  return [...renderMarkdown(kept, isNumber), '', `Milliseconds; ${ABSENT} was not measured.`].join(
    '\n',
  );
}

const CSV_COLUMNS = [
  ...(['rank', 'region', 'city', 'country', 'target', 'insert_p50_ms', 'insert_p95_ms'] as const),
  ...(['read_p50_ms', 'read_p95_ms', 'ping_p50_ms', 'connect_ms'] as const),
  ...(['insert_round_trips', 'iterations', 'timestamp', 'error', 'reason'] as const),
];

function csv(rows: readonly FleetRow[]): string {
  const lines = rows.map((row) => [
    ...CSV_COLUMNS.map((column) => row[column]),
    row.timestamp === null ? null : failuresOf(row),
    row.machine,
  ]);
  return renderCsv([[...CSV_COLUMNS, 'failures', 'machine'], ...lines]);
}

function failuresOf({ failures }: FleetRow): number {
  return failures.reduce((sum, { count }) => sum + count, 0);
}
