import { ABSENT, flagged, nameOfRow } from '../fleet/table.js';
import { renderTextTable, type TableOptions } from '../fleet/text-table.js';
import { renderCsv, renderMarkdown } from './markup.js';
import { cellOf, targetNames, type MatrixCell, type MatrixRow } from './matrix.js';
import type { Format } from './options.js';

const LEGEND =
  'milliseconds, read p50; * is the fastest; the gain is over the primary; ' +
  `${ABSENT} was not measured`;

/** The matrix as text, without the last line break. */
export function formatMatrix(
  rows: readonly MatrixRow[],
  format: Format,
  terminal: TableOptions,
): string {
  switch (format) {
    case 'json':
      return JSON.stringify(rows, null, 2);
    case 'csv':
      return csv(rows);
    case 'markdown':
      return markdown(rows);
    case 'table':
      return [...table(rows, terminal), '', LEGEND].join('\n');
  }
}

function table(rows: readonly MatrixRow[], options: TableOptions): string[] {
  const names = targetNames(rows);
  const left = ['left', 'left'] as const;
  return renderTextTable(
    {
      aligns: [...left, ...names.map(() => 'right' as const), 'left', 'right', 'right'],
      titles: [['region', 'location', ...names, 'read from', 'gain ms', '%']],
      lines: rows.map((row) => ({
        cells: [
          flagged(row),
          row.city,
          ...names.map((name) => (row.fastest === name ? '*' : '') + figureOf(row, name)),
          row.fastest ?? ABSENT,
          ...gainOf(row),
        ],
        note: noteOf(row),
        dim: row.fastest === null,
      })),
    },
    options,
  );
}

function markdown(rows: readonly MatrixRow[]): string {
  const names = targetNames(rows);
  const numbers = names.length + 3;
  const heads = ['', 'Region', 'Location', ...names, 'Read from', 'Gain ms', 'Gain %', ''];
  const lines = rows.map((row) => [
    row.flag,
    nameOfRow(row),
    row.city,
    ...names.map((name) => figureOf(row, name)),
    row.fastest ?? ABSENT,
    ...gainOf(row),
    noteOf(row),
  ]);
  const hasNotes = rows.some((row) => noteOf(row) !== '');
  const kept = [heads, ...lines].map((cells) => (hasNotes ? cells : cells.slice(0, -1)));
  const isNumber = (column: number) =>
    (column >= 3 && column < numbers) || column === numbers + 1 || column === numbers + 2;
  const about = `Milliseconds, median read; the gain is over the primary; ${ABSENT} was not measured.`;
  return [...renderMarkdown(kept, isNumber), '', about].join('\n');
}

/** What a region gains, in a few words. */
export function describeMatrixRow({ error, fastest, primary, ...row }: MatrixRow): string {
  if (error !== null) return error;
  if (fastest === null) return 'no read was measured';
  const gain =
    row.gain_ms === null || fastest === primary ? '' : ` gains ${row.gain_ms.toFixed(2)} ms`;
  return `${fastest}${gain === '' ? ' is the fastest' : gain}`;
}

/** A line for each region and target. */
function csv(rows: readonly MatrixRow[]): string {
  const heads = [
    ...['region', 'city', 'country', 'target', 'mode', 'read_p50_ms', 'read_p95_ms'],
    ...['error', 'reason', 'primary', 'fastest', 'gain_ms', 'gain_percent', 'machine_short'],
  ];
  const lines = rows.flatMap((row) => {
    const cells: readonly (MatrixCell | null)[] = row.targets.length === 0 ? [null] : row.targets;
    return cells.map((cell) => [
      ...[row.region, row.city, row.country, cell?.target ?? null, cell?.mode ?? null],
      ...[cell?.read_p50_ms ?? null, cell?.read_p95_ms ?? null, cell?.error ?? row.error],
      ...[cell?.reason ?? null, row.primary, row.fastest, row.gain_ms, row.gain_percent],
      row.machine_short,
    ]);
  });
  return renderCsv([heads, ...lines]);
}

/** A read, or why there is none. */
function figureOf(row: MatrixRow, name: string): string {
  const cell = cellOf(row, name);
  if (cell === undefined) return ABSENT;
  return cell.read_p50_ms?.toFixed(2) ?? cell.reason ?? 'failed';
}

/** Nothing where the primary is the fastest: that is not a gain of 0. */
function gainOf({ primary, fastest, gain_ms, gain_percent }: MatrixRow): [string, string] {
  if (fastest !== null && fastest === primary) return ['', ''];
  return [gain_ms?.toFixed(2) ?? ABSENT, gain_percent?.toFixed(1) ?? ABSENT];
}

function noteOf({ error, targets }: MatrixRow): string {
  const failed = targets.flatMap(({ target, error: why }) =>
    why === null ? [] : [`${target}: ${why}`],
  );
  return [...(error === null ? [] : [error]), ...failed].join(', ');
}
