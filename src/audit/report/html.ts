import { PAGE_SCRIPT } from './page-script.js';
import { PAGE_STYLE } from './page-style.js';
import type { ByRegion, Report, UnitReport } from './report.js';
import type { TripFigures } from './unit-figures.js';
import { cityOf, duration, plural, SAVING_WORDS } from './words.js';

/** The most trips of a waterfall that are drawn; nobody looks at more. */
const MAX_DRAWN = 60;
const MIN_SLIDER_MS = 50;
const SPARE_MS = 20;

/**
 * The report as one page that needs nothing else. The waterfalls are laid out by the browser from --rtt, which the slider
 * sets. Pure.
 */
export function renderHtml(report: Report): string {
  const { distances, units } = report;
  const farthest = Math.max(0, ...distances.map(({ rtt_ms: ms }) => ms));
  const maxMs = Math.max(MIN_SLIDER_MS, Math.ceil(farthest + SPARE_MS));
  const chosen = distances.at(-1);
  const rttMs = chosen?.rtt_ms ?? MIN_SLIDER_MS;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Round trips of an application</title>
<style>${PAGE_STYLE}</style>
</head>
<body style="--rtt: ${rttMs}">
<main>
<h1>Round trips of an application</h1>
<p>${escape(plural(report.trips, 'round trip'))} in ${report.measured_s.toFixed(0)} s, from an application to its database. Distances: ${escape(report.distances_from)}.</p>
${slider(report, rttMs, maxMs)}
${units.map((unit) => section(unit, report)).join('\n')}
${connectionSection(report)}
${report.remarks.map((text) => `<p>${escape(text)}</p>`).join('\n')}
<footer>Measured by pglatency ${escape(report.version)}. Statements are shown by their kind and their fingerprint, never by their text.</footer>
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function slider({ distances }: Report, rttMs: number, maxMs: number): string {
  const places = distances.map(
    ({ region, rtt_ms: ms }) =>
      `<button type="button" data-rtt="${ms}">${escape(cityOf(region))} <small>${duration(ms)}</small></button>`,
  );
  return `<section class="distance" aria-label="Distance">
<label for="rtt">How far the application is from its database: <output id="shown">${duration(rttMs)}</output></label>
<input id="rtt" type="range" min="0" max="${maxMs}" step="0.1" value="${rttMs}">
<div class="places">${places.join('')}</div>
</section>`;
}

function section(unit: UnitReport, report: Report): string {
  const { trips_p50: p50, trips_max: max, server_ms: serverMs } = unit;
  const unfinished = unit.unfinished === 0 ? '' : `, ${unit.unfinished} unfinished`;
  if (p50 === null || max === null || serverMs === null) {
    return `<section><h2>${escape(unit.name)}</h2><p>No unit ended${unfinished}.</p></section>`;
  }
  const times = plural(unit.count, 'time');
  return `<section data-trips="${p50}" data-server="${serverMs}">
<h2>${escape(unit.name)}</h2>
<p><strong>${plural(p50, 'round trip')}</strong> (at most ${max}), ${duration(serverMs)} of the server: <strong class="total">${duration(p50 * (report.distances.at(-1)?.rtt_ms ?? 0) + serverMs)}</strong> at this distance. Seen ${times}${unfinished}.</p>
${waterfall(unit, serverMs, p50)}
${projectedTable(unit, report)}
${savingList(unit, report)}
</section>`;
}

/** The median unit: each trip begins where the one before ended, the application's own time left out. */
function waterfall({ waterfall: trips }: UnitReport, serverMs: number, total: number): string {
  let before = 0;
  const rows = trips.slice(0, MAX_DRAWN).map((trip, i) => {
    const row = bar(trip, i, before);
    before += trip.server_ms;
    return row;
  });
  const more = trips.length - rows.length;
  const rest = more > 0 ? `<li class="more">… and ${plural(more, 'trip')} more</li>` : '';
  return `<ol class="waterfall" style="--trips: ${Math.max(total, trips.length)}; --server: ${serverMs.toFixed(3)}">
${rows.join('\n')}${rest}
</ol>
<p class="legend"><span class="key way"></span> on the way <span class="key time"></span> the server <span class="key saved"></span> a trip that could be saved</p>`;
}

function bar(
  { kind, label, server_ms: ms, saving }: TripFigures,
  i: number,
  before: number,
): string {
  const title = `${label}: one round trip, ${duration(ms)} of the server${saving === null ? '' : `. To save it: ${SAVING_WORDS[saving]}`}`;
  const style = `--i: ${i}; --before: ${before.toFixed(3)}; --own: ${ms.toFixed(3)}`;
  return `<li title="${escape(title)}"${saving === null ? '' : ' class="saved"'}><span class="label">${escape(label)} <small>${kind}</small></span><span class="track"><span class="bar" style="${style}"><span class="own"></span></span></span></li>`;
}

function projectedTable({ projected_ms: by }: UnitReport, { distances }: Report): string {
  if (by === null || distances.length === 0) return '';
  const head = distances
    .map(({ region }) => `<th scope="col">${escape(cityOf(region))}</th>`)
    .join('');
  const cells = distances.map(({ region }) => `<td>${duration(by[region] ?? 0)}</td>`).join('');
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody><tr>${cells}</tr></tbody></table></div>`;
}

function savingList({ savings, repeats }: UnitReport, { distances }: Report): string {
  const far = distances.at(-1);
  const where = (by: ByRegion) =>
    far === undefined
      ? ''
      : `, ${duration(by[far.region] ?? 0)} from ${escape(cityOf(far.region))}`;
  const items = [
    ...repeats.map(
      ({ label, times, saved_ms: by }) =>
        `<strong>${escape(label)}</strong> comes ${times} times, one after another: one statement for all saves ${plural(times - 1, 'trip')}${where(by)}.`,
    ),
    ...savings.map(
      ({ what, trips, saved_ms: by }) =>
        `${escape(sentence(SAVING_WORDS[what]))}: saves ${plural(trips, 'trip')}${where(by)}.`,
    ),
  ];
  if (items.length === 0) return '';
  return `<h3>What could be saved</h3><ul>${items.map((it) => `<li>${it}</li>`).join('')}</ul>`;
}

function connectionSection({ connections, distances }: Report): string {
  const { opened, tcp_trips: tcp, encryption_trips: tls, login_trips: login } = connections;
  if (tcp === null || tls === null || login === null) return '<p>No connection was opened.</p>';
  const all = tcp + tls + login;
  const by = connections.projected_ms;
  const costs = distances.map(
    ({ region }) => `${duration(by?.[region] ?? 0)} from ${escape(cityOf(region))}`,
  );
  return `<section><h2>Connections</h2><p>${plural(opened, 'connection')} opened, each ${plural(all, 'round trip')}: TCP ${tcp}, encryption ${tls}, login ${login}.</p><p>${costs.join(', ')}</p></section>`;
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (it) => entities[it] ?? '');
}
