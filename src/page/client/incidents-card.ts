import { formatAddress } from './address.js';
import { keyOf, type FleetLine } from './api.js';
import { el } from './dom.js';
import { describeIncident, describeTime } from './incident-words.js';

const MINUTE_MS = 60_000;

/** What was not normal in a region's kept history, the latest first. */
export function createIncidentsCard() {
  const content = el('div');
  const element = el('section', { class: 'card wide' }, el('h3', {}, 'What happened'), content);
  let shown = '';
  return {
    element,
    /** @param nowMs by the backend's clock, milliseconds since the epoch */
    update(line: FleetLine, nowMs: number) {
      const { incidents, kept_from } = line;
      const text = JSON.stringify([incidents, kept_from, Math.floor(nowMs / MINUTE_MS)]);
      if (text === shown) return;
      shown = text;
      content.replaceChildren(...render(line, nowMs));
    },
  };
}

function render(line: FleetLine, nowMs: number): HTMLElement[] {
  const { incidents, kept_from } = line;
  if (kept_from === null) return [el('p', {}, 'No history is known.')];
  const since = `since ${kept_from.slice(5, 16).replace('T', ' ')} UTC`;
  if (incidents.length === 0) return [el('p', {}, `Nothing, ${since}.`)];
  const items = [...incidents].reverse().map((incident) => {
    const place = { key: keyOf(line), atS: Date.parse(incident.from) / 1_000 };
    return el(
      'li',
      { 'data-kind': incident.kind },
      el('a', { href: formatAddress(place) }, describeTime(incident, nowMs)),
      el('span', {}, describeIncident(incident)),
    );
  });
  return [
    el('ul', { class: 'incidents' }, ...items),
    el(
      'p',
      { class: 'chart-words' },
      `Kept ${since}. Each link opens that moment, and you can share it.`,
    ),
  ];
}
