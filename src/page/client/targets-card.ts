import type { RegionReads } from './api.js';
import { el } from './dom.js';
import { milliseconds } from './format.js';

/** A region's targets, each with its own figures, and the user's own queries. */
export function createTargetsCard() {
  const content = el('div');
  const element = el(
    'section',
    { class: 'card wide', hidden: '' },
    el('h3', {}, 'Targets'),
    content,
  );
  let shown = '';
  return {
    element,
    update(reads: RegionReads | undefined) {
      const targets = reads?.targets ?? [];
      const hasQueries = targets.some(({ queries }) => queries.length > 0);
      element.hidden = targets.length < 2 && !hasQueries;
      const text = JSON.stringify(targets.map(({ age_ms, ...figures }) => figures));
      if (element.hidden || text === shown) return;
      shown = text;
      content.replaceChildren(
        targetsTable(targets),
        ...(hasQueries ? [queriesTable(targets)] : []),
        ...targets.flatMap(({ target, error }) =>
          error === null ? [] : [el('p', { class: 'target-error' }, `${target}: ${error}`)],
        ),
      );
    },
  };
}

const HEADS = ['Target', 'Read p50', 'p95', 'Ping', 'Connect', 'Lag', 'Visible after'];

function targetsTable(targets: RegionReads['targets']): HTMLElement {
  const lines = targets.map((it) => ({
    name: it.target,
    figures: [
      ...[it.read_p50_ms, it.read_p95_ms, it.ping_p50_ms, it.connect_ms],
      ...[it.replication_lag_ms, it.visibility_delay_ms],
    ],
  }));
  return table('The latest run of each, milliseconds', HEADS, lines);
}

function queriesTable(targets: RegionReads['targets']): HTMLElement {
  const lines = targets.flatMap(({ target, queries }) =>
    queries.map(({ operation, p50_ms, p95_ms }) => ({
      name: `${operation.replace(/^query_/, '')}, ${target}`,
      figures: [p50_ms, p95_ms],
    })),
  );
  return table('Own queries, milliseconds', ['Query', 'p50', 'p95'], lines);
}

interface Line {
  readonly name: string;
  readonly figures: readonly (number | null)[];
}

/** On a narrow screen each line is a block of its own; the roles keep it a table. */
function table(
  caption: string,
  [first = '', ...heads]: readonly string[],
  lines: readonly Line[],
): HTMLElement {
  const rows = lines.map(({ name, figures }) =>
    el(
      'tr',
      { role: 'row' },
      el('th', { role: 'rowheader', scope: 'row' }, name),
      ...figures.map((ms, i) =>
        el('td', { role: 'cell', 'data-label': heads[i] ?? '' }, milliseconds(ms)),
      ),
    ),
  );
  const cells = [first, ...heads].map((head) =>
    el('th', { role: 'columnheader', scope: 'col' }, head),
  );
  return el(
    'table',
    { role: 'table', class: 'figures stacked' },
    el('caption', {}, caption),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ...cells)),
    el('tbody', { role: 'rowgroup' }, ...rows),
  );
}
