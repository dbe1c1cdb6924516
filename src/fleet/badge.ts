import type { FleetLine } from './peer-state.js';

/** What a badge says, and how. */
export interface Badge {
  readonly label: string;
  readonly value: string;
  readonly colour: 'good' | 'slow' | 'bad' | 'none';
}

type Judged = Pick<
  FleetLine,
  'region' | 'machine_short' | 'state' | 'read_p50_ms' | 'normal' | 'rank'
>;

/** As on the page. */
const VERY_SLOW = 1.5;
const STATES: Readonly<Record<FleetLine['state'], string>> = {
  ok: 'ok',
  waiting: 'waiting',
  no_database: 'no database',
  stale: 'stale',
  failing: 'failing',
  unreachable: 'no answer',
};

/** One region's latest read and its ratio to what is normal there; the worst of its backends. */
export function regionBadge(region: string, lines: readonly Judged[]): Badge | null {
  const own = lines.filter((it) => it.region === region).map(badgeOf);
  own.sort((a, b) => SEVERITY.indexOf(b.colour) - SEVERITY.indexOf(a.colour));
  return own[0] ?? null;
}

const SEVERITY: readonly Badge['colour'][] = ['good', 'none', 'slow', 'bad'];

function badgeOf(line: Judged): Badge {
  const { region: label, state, read_p50_ms: readMs, normal } = line;
  const quiet = state === 'waiting' || state === 'no_database';
  if (state !== 'ok' || readMs === null) {
    const colour = quiet ? 'none' : state === 'stale' ? 'slow' : 'bad';
    return { label, value: STATES[state], colour };
  }
  const figure = `${readMs < 10 ? readMs.toFixed(2) : readMs.toFixed(1)} ms`;
  const ratio = normal?.read?.ratio ?? null;
  const value = ratio === null ? figure : `${figure}, ${ratio.toFixed(2)}×`;
  if (!isSlow(line))
    return { label, value, colour: (normal?.read ?? null) === null ? 'none' : 'good' };
  return { label, value: `${value} slow`, colour: (ratio ?? 0) >= VERY_SLOW ? 'bad' : 'slow' };
}

function isSlow({ normal }: Judged): boolean {
  return normal?.read?.level === 'slow' || normal?.insert?.level === 'slow';
}

/** How many backends are as they should be, or what is wrong with the rest. */
export function fleetBadge(fleet: string, lines: readonly Judged[]): Badge {
  const badges = lines.map(badgeOf);
  const count = (colour: Badge['colour']) => badges.filter((it) => it.colour === colour).length;
  const named = (colour: Badge['colour']) => {
    const names = badges.filter((it) => it.colour === colour).map(({ label }) => label);
    return names.length > 2 ? `${names.length} regions` : names.join(', ');
  };
  const label = fleet;
  if (count('bad') > 0) return { label, value: `${named('bad')} bad`, colour: 'bad' };
  if (count('slow') > 0) return { label, value: `${named('slow')} slow`, colour: 'slow' };
  const measured = lines.filter(({ rank }) => rank !== null).length;
  if (measured === 0) return { label, value: 'nothing measured', colour: 'none' };
  const colour = count('good') > 0 ? 'good' : 'none';
  return { label, value: `${measured} of ${lines.length} measured`, colour };
}

/** White text on each reaches 4.5:1. */
const FILL: Readonly<Record<Badge['colour'], string>> = {
  good: '#2e7d32',
  slow: '#9a5b00',
  bad: '#b3261e',
  none: '#666',
};

const CHARACTER = 6.7;
const PADDING = 6;

/** In the form of the badges that people know: a grey label, a coloured value, 20 pixels high. */
export function renderBadge({ label, value, colour }: Badge): string {
  const widthOf = (text: string) => Math.ceil(text.length * CHARACTER) + 2 * PADDING;
  const [left, right] = [widthOf(label), widthOf(value)];
  const width = left + right;
  const title = escape(`${label}: ${value}`);
  const text = (it: string, x: number, of: number) =>
    `<text x="${x}" y="14" textLength="${of - 2 * PADDING}">${escape(it)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<clipPath id="r"><rect width="${width}" height="20" rx="3"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#444"/>`,
    `<rect x="${left}" width="${right}" height="20" fill="${FILL[colour]}"/></g>`,
    `<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">`,
    text(label, PADDING, left),
    text(value, left + PADDING, right),
    '</g></svg>\n',
  ].join('');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
