import type { FleetRow } from '../fleet/row.js';
import { truncate } from '../fleet/text-width.js';
import type { ProgressEvent } from '../http/answers.js';

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** Shows how far each region is, on standard error: in place on a terminal, else a line at its end. */
export interface ProgressBoard {
  advance(name: string, event: ProgressEvent): void;
  finish(name: string, row: FleetRow): void;
  /** Takes the drawing away. */
  end(): void;
}

const OPERATIONS_A_ROUND = 3;
const BAR = 20;
const REDRAW_MS = 80;

export function createProgressBoard(
  names: readonly string[],
  iterations: number,
  stderr: Output,
): ProgressBoard {
  const total = iterations * OPERATIONS_A_ROUND + 1;
  const done = new Map(names.map((name) => [name, 0]));
  const ends = new Map<string, string>();
  let drawn = 0;
  let drawnAt = -Infinity;

  const erase = () => {
    if (drawn > 0) stderr.write(`\u001b[${drawn}A\r\u001b[J`);
    drawn = 0;
  };
  const lineOf = (name: string) => {
    const filled = Math.round((BAR * Math.min(total, done.get(name) ?? 0)) / total);
    const bar = '█'.repeat(filled) + '·'.repeat(BAR - filled);
    return truncate(
      `${name.padEnd(5)} ${bar} ${ends.get(name) ?? ''}`.trimEnd(),
      (stderr.columns || 80) - 1,
    );
  };
  const draw = (now: boolean) => {
    if (!stderr.isTTY || (!now && performance.now() - drawnAt < REDRAW_MS)) return;
    erase();
    stderr.write(names.map((name) => `${lineOf(name)}\n`).join(''));
    drawn = names.length;
    drawnAt = performance.now();
  };
  draw(true);
  return {
    advance(name) {
      done.set(name, (done.get(name) ?? 0) + 1);
      draw(false);
    },
    finish(name, { error, read_p50_ms }) {
      const text = error ?? `read p50 ${read_p50_ms?.toFixed(2) ?? '–'} ms`;
      ends.set(name, text.replace(/\p{Cc}+/gu, ' '));
      if (error === null) done.set(name, total);
      if (stderr.isTTY) draw(true);
      else stderr.write(`${name}: ${ends.get(name) ?? ''} (${ends.size} of ${names.length})\n`);
    },
    end: erase,
  };
}
