import { getFleet, keyOf, ownLine, type FleetAnswer } from './api.js';
import { findLine, formatAddress, parseAddress, type Place } from './address.js';
import { concernsOf, nameConcerns } from './attention.js';
import { showConcerns } from './attention-list.js';
import { createDetail, type Detail } from './detail.js';
import { byId, el, setAttribute, setText } from './dom.js';
import { duration, milliseconds, plural } from './format.js';
import { showMap } from './map.js';
import { showReads } from './reads.js';
import { showTimeline } from './timeline.js';
import { createRankingRow, type RankingRow } from './table.js';

const POLL_MS = 5_000;
const TICK_MS = 1_000;

const status = byId('status');
const notice = byId('notice');
const summary = byId('summary');
const ranking = byId('ranking');
const body = ranking.querySelector('tbody') as HTMLTableSectionElement;
const rows = new Map<string, RankingRow>();

let fleet: FleetAnswer | undefined;
let heardAt = 0;
let failure: string | null = null;
let detail: { key: string; it: Detail } | null = null;
let polling: Promise<void> | undefined;
let isAddressOpened = false;

const elapsed = () => performance.now() - heardAt;

function poll(): Promise<void> {
  polling ??= (async () => {
    try {
      fleet = await getFleet();
      heardAt = performance.now();
      failure = null;
      show(fleet);
    } catch (error) {
      failure = (error as Error).message;
    } finally {
      polling = undefined;
      tick();
    }
  })();
  return polling;
}

function show(answer: FleetAnswer): void {
  const scaleMs = Math.max(0, ...answer.rows.map((row) => row.read_p95_ms ?? row.read_p50_ms ?? 0));
  const shown = new Set<string>();
  for (const line of answer.rows) {
    const key = keyOf(line);
    shown.add(key);
    const row = rows.get(key) ?? addRow(key);
    row.update(line, scaleMs, Date.parse(answer.timestamp));
  }
  for (const [key, { row }] of rows) {
    if (shown.has(key)) continue;
    if (detail?.key === key) closeDetail();
    row.remove();
    rows.delete(key);
  }
  putInOrder(answer.rows.map(keyOf));
  showSummary(answer);
  showReads(answer);
  showTimeline(answer);
  showMap(answer);
  ranking.hidden = false;
  showFleet(answer);
  setText(byId('version'), `pglatency ${answer.version}`);
  if (detail !== null) {
    const line = answer.rows.find((it) => keyOf(it) === detail?.key);
    if (line !== undefined) detail.it.update(line, answer);
  } else if (!isAddressOpened) {
    isAddressOpened = true;
    openFromAddress();
  }
}

/** In the title too: production and staging are two tabs. */
function showFleet({ fleet: name }: FleetAnswer): void {
  const line = byId('fleet');
  line.hidden = false;
  setText(line, `Fleet ${name}`);
  document.title = name === 'pglatency' ? name : `pglatency: ${name}`;
}

function addRow(key: string): RankingRow {
  const row = createRankingRow();
  rows.set(key, row);
  row.button.addEventListener('click', () => toggle(key));
  row.row.addEventListener('click', ({ target }) => {
    const isSelecting = (getSelection()?.toString() ?? '') !== '';
    if (!isSelecting && !row.button.contains(target as Node)) toggle(key);
  });
  return row;
}

/** Moves only what is out of its place: a moved element loses its focus. */
function putInOrder(keys: readonly string[]): void {
  const wanted = keys.flatMap((key) => {
    const row = rows.get(key)?.row;
    if (row === undefined) return [];
    return detail?.key === key ? [row, detail.it.row] : [row];
  });
  wanted.forEach((row, i) => {
    if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
  });
}

function toggle(key: string): void {
  const isOpen = detail?.key === key;
  closeDetail();
  if (!isOpen) openDetail(key);
  const url = isOpen ? location.pathname + location.search : formatAddress({ key, atS: null });
  history.replaceState(null, '', url);
}

function openDetail(key: string): void {
  const line = fleet?.rows.find((it) => keyOf(it) === key);
  const row = rows.get(key);
  if (fleet === undefined || line === undefined || row === undefined) return;
  const it = createDetail(line, fleet);
  detail = { key, it };
  row.row.after(it.row);
  row.button.setAttribute('aria-expanded', 'true');
  row.button.setAttribute('aria-controls', it.row.id);
  row.row.classList.add('open');
  tick();
}

function closeDetail(): void {
  if (detail === null) return;
  const row = rows.get(detail.key);
  row?.button.setAttribute('aria-expanded', 'false');
  row?.button.removeAttribute('aria-controls');
  row?.row.classList.remove('open');
  detail.it.close();
  detail = null;
}

/** Opens what the address names, once a moment. One that names nothing here is left alone. */
function openFromAddress(): void {
  const place = parseAddress(location.hash);
  if (place === null || fleet === undefined) return;
  const line = findLine(fleet, place);
  if (line !== undefined) reveal(keyOf(line), place);
}

/** Opens a row, at a moment of its history, and brings it into view. */
function reveal(key: string, place: Place): void {
  if (detail?.key !== key) {
    closeDetail();
    openDetail(key);
  }
  detail?.it.show(place.atS);
  rows.get(key)?.row.scrollIntoView({ block: 'start' });
}

function showSummary(answer: FleetAnswer): void {
  const { rows: lines } = answer;
  const measured = lines.filter(({ read_p50_ms }) => read_p50_ms !== null);
  const [nearest, farthest] = [measured[0], measured.at(-1)];
  const concerns = concernsOf(answer);
  showConcerns(concerns);
  const items: [string, string, string][] = [
    ['Nearest', milliseconds(nearest?.read_p50_ms ?? null), nearest?.city ?? 'nothing measured'],
    ['Farthest', milliseconds(farthest?.read_p50_ms ?? null), farthest?.city ?? 'nothing measured'],
    [
      'Measured',
      String(measured.length),
      `of ${plural(lines.length, hasSeveral(lines) ? 'backend' : 'region')}`,
    ],
    [
      'Attention',
      concerns.length === 0 ? 'none' : String(concerns.length),
      concerns.length === 0 ? describeQuiet(lines) : nameConcerns(concerns),
    ],
  ];
  const texts = items.flat().join('\n');
  summary.hidden = false;
  if (summary.dataset.texts === texts) return;
  summary.dataset.texts = texts;
  summary.dataset.trouble = String(concerns.length > 0);
  summary.replaceChildren(
    ...items.map(([name, value, note]) => {
      const unit = /^\d+\.\d+$/.test(value) ? ' ms' : '';
      return el(
        'div',
        {},
        el('dt', {}, name),
        el('dd', {}, el('b', {}, value), unit, el('span', {}, note)),
      );
    }),
  );
}

/** What is not judged yet is not normal. */
function describeQuiet(lines: FleetAnswer['rows']): string {
  if (lines.every(({ read_p50_ms }) => read_p50_ms === null)) return 'nothing is measured yet';
  const isJudged = lines.every(({ normal }) => (normal?.read ?? null) !== null);
  return isJudged ? 'all is normal' : 'not all is judged yet';
}

/** Whether a region has more than one backend. */
function hasSeveral(lines: FleetAnswer['rows']): boolean {
  return lines.some(({ machine_short }) => machine_short !== null);
}

/** Ages run by this machine's clock, from the age that the backend told. */
function tick(): void {
  if (fleet === undefined) {
    showStatus(failure === null ? 'loading' : 'lost', failure === null ? 'Loading …' : 'No answer');
  } else {
    for (const row of rows.values()) row.tick(elapsed());
    detail?.it.tick(elapsed());
    const lost = failure !== null || elapsed() > 3 * POLL_MS;
    showStatus(
      lost ? 'lost' : 'live',
      `${lost ? 'Last answer' : 'Live'} from ${fleet.city} (${fleet.region}), ${duration(elapsed())} ago`,
    );
  }
  const text =
    failure !== null
      ? `${failure[0]?.toUpperCase() ?? ''}${failure.slice(1)}.${fleet === undefined ? '' : ' These are the latest figures that arrived; their ages keep counting.'}`
      : [fleet?.peers_error, describeNoDatabase(fleet)]
          .filter((it) => typeof it === 'string')
          .join(' ');
  notice.hidden = text === '';
  setText(notice, text);
}

/** Of the backend that serves this page, whose settings the reader can change. */
function describeNoDatabase(answer: FleetAnswer | undefined): string | null {
  if (answer === undefined || ownLine(answer)?.state !== 'no_database') return null;
  return 'This backend has no database and measures nothing. Name one with DATABASE_URL, DB_HOST or PGHOST, or list targets in pglatency.yaml or TARGETS_FILE, and start it again.';
}

function showStatus(state: string, text: string): void {
  setAttribute(status, 'data-state', state);
  setText(status, text);
}

setInterval(() => {
  if (!document.hidden) tick();
}, TICK_MS);
setInterval(() => {
  if (!document.hidden) void poll();
}, POLL_MS);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void poll();
});
addEventListener('hashchange', openFromAddress);
// The address may be the one that the page has: then it does not change.
document.addEventListener('click', ({ target }) => {
  const link = (target as Element).closest('a');
  if (link?.hash !== '' && link?.hash === location.hash) openFromAddress();
});
void poll();
