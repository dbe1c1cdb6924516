import { truncate } from '../fleet/text-width.js';
import type { ProgressEvent } from '../api/answers.js';

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

/** Shows how far each region is, on standard error: in place on a terminal, else a line at its end. */
export interface ProgressBoard {
  /** One of several runs of a region begins. */
  begin(name: string, what: string, of: { index: number; count: number }): void;
  advance(name: string, event: ProgressEvent): void;
  finish(name: string, end: { readonly text: string; readonly isWhole: boolean }): void;
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
  /** How many runs a region has, where it has several. */
  const runs = new Map<string, number>();
  const done = new Map(names.map((name) => [name, 0]));
  const notes = new Map<string, string>();
  const ends = new Map<string, string>();
  const longest = Math.max(5, ...names.map(({ length }) => length));
  let drawn = 0;
  let drawnAt = -Infinity;

  const erase = () => {
    if (drawn > 0) stderr.write(`\u001b[${drawn}A\r\u001b[J`);
    drawn = 0;
  };
  const lineOf = (name: string) => {
    const all = total * (runs.get(name) ?? 1);
    const filled = Math.round((BAR * Math.min(all, done.get(name) ?? 0)) / all);
    const bar = '█'.repeat(filled) + '·'.repeat(BAR - filled);
    return truncate(
      `${name.padEnd(longest)} ${bar} ${ends.get(name) ?? notes.get(name) ?? ''}`.trimEnd(),
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
    begin(name, what, { index, count }) {
      runs.set(name, count);
      done.set(name, total * index);
      notes.set(name, what);
      draw(true);
    },
    advance(name, { operation }) {
      // Own queries are as many as the target has; the bar goes by what every run has.
      if (operation.startsWith('query_')) return;
      done.set(name, (done.get(name) ?? 0) + 1);
      draw(false);
    },
    finish(name, { text, isWhole }) {
      ends.set(name, text.replace(/\p{Cc}+/gu, ' '));
      if (isWhole) done.set(name, total * (runs.get(name) ?? 1));
      if (stderr.isTTY) draw(true);
      else stderr.write(`${name}: ${ends.get(name) ?? ''} (${ends.size} of ${names.length})\n`);
    },
    end: erase,
  };
}
