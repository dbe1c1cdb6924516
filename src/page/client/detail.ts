import { keyOf, nameOf, readsOf, type FleetAnswer, type FleetLine } from './api.js';
import { colourAs } from './colours.js';
import { createConnectionCard } from './connection-card.js';
import { el, setText } from './dom.js';
import { duration, interval, plural } from './format.js';
import { createHistoryCard } from './history-card.js';
import { createIncidentsCard } from './incidents-card.js';
import { createOnDemand } from './on-demand.js';
import { createTargetsCard } from './targets-card.js';
import { renderSplit } from './time-split.js';

/** A region's detail, in a row below its own. */
export interface Detail {
  readonly row: HTMLTableRowElement;
  update(line: FleetLine, fleet: FleetAnswer): void;
  /** @param elapsedMs since the line came */
  tick(elapsedMs: number): void;
  /** Shows a moment of the history, seconds since the epoch; null: the window that ends now. */
  show(atS: number | null): void;
  close(): void;
}

let nextId = 1;

export function createDetail(first: FleetLine, firstFleet: FleetAnswer): Detail {
  let line = first;
  let fleet = firstFleet;
  const about = el('p', { class: 'about' });
  const split = el('ul', { class: 'split' });
  const history = createHistoryCard(() => line);
  const incidents = createIncidentsCard();
  const targets = createTargetsCard();
  const connection = createConnectionCard();
  const onDemand =
    first.instance === firstFleet.instance ? createOnDemand(() => fleet.token_required) : null;
  const content = el(
    'div',
    { class: 'detail' },
    about,
    history.element,
    incidents.element,
    targets.element,
    connection.element,
    el('section', { class: 'card' }, el('h3', {}, 'Where the time goes'), split),
    onDemand?.element ?? runElsewhere(first, firstFleet),
  );

  const cell = el('td', { role: 'cell', colspan: '10' }, content);
  const row = el('tr', { role: 'row', class: 'detail-row', id: `detail-${nextId++}` }, cell);

  const detail: Detail = {
    row,
    update(newLine, newFleet) {
      line = newLine;
      fleet = newFleet;
      colourAs(content, line.colour);
      split.replaceChildren(...renderSplit(line));
      const reads = readsOf(fleet, keyOf(line));
      targets.update(reads);
      connection.update(line, reads, Date.parse(fleet.timestamp));
      incidents.update(line, Date.parse(fleet.timestamp));
    },
    tick(elapsedMs) {
      const untilMs = line.next_run_in_ms === null ? null : line.next_run_in_ms - elapsedMs;
      setText(about, describeSchedule(line, untilMs));
    },
    show: history.show,
    close() {
      history.close();
      onDemand?.close();
      row.remove();
    },
  };
  detail.update(first, firstFleet);
  return detail;
}

function describeSchedule(line: FleetLine, untilMs: number | null): string {
  if (line.state === 'no_database') return line.error ?? '';
  const parts = [
    line.timestamp === null ? 'no run yet' : `target ${line.target ?? 'unknown'}`,
    line.interval_s === null ? 'schedule unknown' : `measured ${interval(line.interval_s)}`,
    ...(line.iterations === null ? [] : [plural(line.iterations, 'round')]),
    untilMs === null
      ? 'next run unknown'
      : untilMs > 0
        ? `next run in ${duration(untilMs)}`
        : 'next run is due',
  ];
  return parts.join(' · ');
}

/** Another region's run would need its token sent on; this backend holds no peer's credential. */
function runElsewhere(line: FleetLine, fleet: FleetAnswer): HTMLElement {
  const { region, city } = line;
  return el(
    'section',
    { class: 'card run' },
    el('h3', {}, 'Run on demand'),
    el(
      'p',
      {},
      `This page belongs to the backend in ${fleet.city}, and can start a run only there. From ${city}: on the page of ${nameOf(line)}'s own backend, or with`,
    ),
    el('p', {}, el('code', {}, `pglatency bench --url ${region}=http://…`)),
    el('p', {}, 'From all regions at once: ', el('code', {}, 'pglatency bench')),
  );
}
