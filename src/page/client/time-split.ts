import type { FleetLine } from './api.js';
import { el } from './dom.js';
import { ABSENT, milliseconds } from './format.js';

interface Part {
  readonly name: 'path' | 'database';
  readonly ms: number;
}

/** Where the time of one operation goes; null: it was not measured. */
export interface Split {
  readonly title: string;
  readonly totalMs: number | null;
  readonly parts: readonly Part[];
}

/**
 * A ping is the path there and back and an idle database's answer; what a read or an insert takes
 * beyond it is the database's work. A new connection has a card of its own.
 */
export function splitTime(line: FleetLine): Split[] {
  const { ping_p50_ms: ping, read_p50_ms, insert_p50_ms } = line;
  const split = (title: string, totalMs: number | null): Split => {
    if (totalMs === null || ping === null) return { title, totalMs, parts: [] };
    const path = Math.min(ping, totalMs);
    return {
      title,
      totalMs,
      parts: [
        { name: 'path', ms: path },
        { name: 'database', ms: totalMs - path },
      ],
    };
  };
  return [split('Read', read_p50_ms), split('Insert', insert_p50_ms)];
}

const NAMES: Readonly<Record<Part['name'], string>> = {
  path: 'path',
  database: 'database',
};

/** The splits as bars, on one scale, with every figure in words. */
export function renderSplit(line: FleetLine): HTMLElement[] {
  const splits = splitTime(line);
  const scale = Math.max(1e-9, ...splits.map(({ totalMs }) => totalMs ?? 0));
  return splits.map(({ title, totalMs, parts }) => {
    const bar = el('span', { class: 'split-bar', 'aria-hidden': 'true' });
    for (const { name, ms } of parts) {
      const piece = el('span', { class: `split-${name}` });
      piece.style.width = `${((ms / scale) * 100).toFixed(2)}%`;
      bar.append(piece);
    }
    const words = parts.map(({ name, ms }) =>
      el(
        'span',
        {},
        el('i', { class: `split-${name}` }),
        ms > 0
          ? `${milliseconds(ms)} ms ${NAMES[name]}`
          : `${NAMES[name]}: too small to see beside the variation of the path`,
      ),
    );
    return el(
      'li',
      {},
      el('span', { class: 'split-title' }, title),
      el('b', {}, totalMs === null ? ABSENT : `${milliseconds(totalMs)} ms`),
      bar,
      el('span', { class: 'split-words' }, ...(totalMs === null ? ['not measured'] : words)),
    );
  });
}
