import { formatAddress } from './address.js';
import { keyOf, nameOf, type FleetAnswer, type FleetLine, type Incident } from './api.js';
import { byId, el } from './dom.js';
import { describeIncident, describeTime } from './incident-words.js';

const section = byId('timeline');
const lanes = section.querySelector('ul') as HTMLUListElement;
const axis = section.querySelector('.axis') as HTMLElement;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const TICK_MS = 4 * HOUR_MS;
const VERY_SLOW = 1.5;

let shown = '';

/** The fleet's last day: a lane for each backend, with what was not normal in it. */
export function showTimeline({ rows, timestamp }: FleetAnswer): void {
  const endMs = Math.floor(Date.parse(timestamp) / MINUTE_MS) * MINUTE_MS;
  const text = JSON.stringify([endMs, rows.map((it) => [keyOf(it), it.kept_from, it.incidents])]);
  if (text === shown) return;
  shown = text;
  section.hidden = rows.every(({ kept_from }) => kept_from === null);
  lanes.replaceChildren(...rows.map((row) => renderLane(row, endMs)));
  axis.replaceChildren(...renderTicks(endMs));
}

function renderLane(row: FleetLine, endMs: number): HTMLElement {
  const startMs = endMs - DAY_MS;
  const track = el('div', { class: 'lane' });
  const keptMs = row.kept_from === null ? endMs : Date.parse(row.kept_from);
  if (keptMs > startMs)
    track.append(place(el('span', { class: 'unknown' }), startMs, keptMs, endMs));
  const incidents = row.incidents.filter(({ to }) => to === null || Date.parse(to) > startMs);
  for (const incident of incidents) {
    const toMs = incident.to === null ? endMs : Date.parse(incident.to);
    track.append(place(renderMark(row, incident, endMs), Date.parse(incident.from), toMs, endMs));
  }
  const count = incidents.length === 0 ? 'nothing' : `${incidents.length}`;
  const hidden = el('span', { class: 'hidden' }, `: ${row.kept_from === null ? 'unknown' : count}`);
  return el('li', {}, el('span', { class: 'lane-name' }, nameOf(row), hidden), track);
}

function renderMark(row: FleetLine, incident: Incident, endMs: number): HTMLElement {
  const words = `${describeTime(incident, endMs)}: ${describeIncident(incident)}`;
  const address = formatAddress({ key: keyOf(row), atS: Date.parse(incident.from) / 1_000 });
  const isBad = incident.kind === 'failures' || (incident.ratio ?? 0) >= VERY_SLOW;
  return el('a', {
    ...{ href: address, title: words, 'aria-label': `${nameOf(row)}, ${words}` },
    'data-degree': isBad ? 'very-slow' : 'slow',
  });
}

/** Puts an element where its time is, and at least as wide as its style says. */
function place(element: HTMLElement, fromMs: number, toMs: number, endMs: number): HTMLElement {
  const share = (ms: number) => Math.min(1, Math.max(0, (ms - (endMs - DAY_MS)) / DAY_MS));
  element.style.left = `${(share(fromMs) * 100).toFixed(3)}%`;
  element.style.width = `${((share(toMs) - share(fromMs)) * 100).toFixed(3)}%`;
  return element;
}

/** Even hours, UTC. */
function renderTicks(endMs: number): HTMLElement[] {
  const first = Math.ceil((endMs - DAY_MS) / TICK_MS) * TICK_MS;
  const times = Array.from({ length: DAY_MS / TICK_MS }, (_, i) => first + i * TICK_MS);
  // Of the last hour there is no room for its text.
  const shownTimes = times.filter((ms) => endMs - ms > HOUR_MS);
  return shownTimes.map((ms) =>
    place(el('span', {}, new Date(ms).toISOString().slice(11, 16)), ms, ms, endMs),
  );
}
