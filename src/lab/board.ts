import { rankRows } from '../fleet/ranking.js';
import type { FleetRow } from '../fleet/row.js';
import { renderTable, TABLE_LEGEND } from '../fleet/table.js';

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** Shows the rows as they come: in place on a terminal, and once a full round anywhere else. */
export interface Board {
  /** A region has news. */
  set(row: FleetRow): void;
  /** A region will have no more news. */
  retire(row: FleetRow): void;
  /** A line for people, on standard error. */
  note(text: string): void;
  /** What stands below the table, on a terminal. */
  setFooter(lines: readonly string[]): void;
}

/** Ends automatic line breaks for a drawing that counts its lines, and restores them after it. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

export function createBoard(options: {
  rows: readonly FleetRow[];
  json: boolean;
  stdout: Output;
  stderr: Output;
  colour: boolean;
}): Board {
  const { stdout, stderr, json } = options;
  const live = stdout.isTTY && !json;
  const rows = new Map(options.rows.map((row) => [row.region, row]));
  const expected = new Set(rows.keys());
  const heard = new Set<string>();
  let drawn = 0;
  let footer: readonly string[] = [];

  const erase = () => {
    if (drawn > 0) stdout.write(`\u001b[${drawn}A\r\u001b[J`);
    drawn = 0;
  };
  const redraw = () => {
    erase();
    const table = tableLines([...rows.values()], { ...options, width: stdout.columns });
    const lines = [...table, ...footer];
    stdout.write(`${NO_WRAP}${lines.map((line) => `${line}\n`).join('')}${WRAP}`);
    drawn = lines.length;
  };
  const printFullRound = () => {
    if (expected.size === 0 || [...expected].some((region) => !heard.has(region))) return;
    heard.clear();
    printRows([...rows.values()], options);
  };
  const show = () => (live ? redraw() : printFullRound());
  return {
    set(row) {
      rows.set(row.region, row);
      heard.add(row.region);
      show();
    },
    retire(row) {
      rows.set(row.region, row);
      expected.delete(row.region);
      show();
    },
    note(text) {
      const redrawing = drawn > 0;
      erase();
      stderr.write(`${text}\n`);
      if (redrawing) redraw();
    },
    setFooter(lines) {
      footer = lines;
      if (drawn > 0) redraw();
    },
  };
}

/** The rows once, ranked: a table, or one line of JSON. */
export function printRows(
  rows: readonly FleetRow[],
  options: { json: boolean; stdout: Output; colour: boolean },
): void {
  const { json, stdout } = options;
  const width = stdout.isTTY ? stdout.columns : undefined;
  const text = json
    ? JSON.stringify(rankRows(rows))
    : tableLines(rows, { ...options, width }).join('\n');
  stdout.write(`${text}\n`);
}

function tableLines(
  rows: readonly FleetRow[],
  { colour, width }: { colour: boolean; width: number | undefined },
): string[] {
  const table = renderTable(rankRows(rows), { colour, ...(width !== undefined && { width }) });
  return [...table, '', TABLE_LEGEND];
}
