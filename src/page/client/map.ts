import { keyOf, nameOf, type FleetAnswer, type FleetLine } from './api.js';
import { byId, el, svg } from './dom.js';
import { ABSENT, milliseconds } from './format.js';
import { degreeOf, type Degree } from './normal-words.js';
import { landPath, project, WORLD } from './world.js';

const section = byId('map');
const body = section.querySelector('tbody') as HTMLTableSectionElement;
const picture = section.querySelector('svg') as SVGElement;
const marks = svg('g');

const WORDS: Readonly<Record<Degree, string>> = {
  normal: 'normal',
  slow: 'slow',
  'very-slow': 'much slower',
  fast: 'faster',
  unknown: 'not judged',
};

let shown = '';

picture.setAttribute('viewBox', `0 0 ${WORLD.width} ${WORLD.height}`);
picture.append(svg('path', { class: 'land', d: landPath() }), marks);

/** The regions on a small world, by their ratio, and the same as a table for readers who cannot see it. */
export function showMap({ rows }: FleetAnswer): void {
  const known = rows.filter(({ latitude, longitude }) => latitude !== null && longitude !== null);
  const text = JSON.stringify(
    known.map((it) => [keyOf(it), placeOf(it), degreeIn(it), ratioOf(it)]),
  );
  if (text === shown) return;
  shown = text;
  section.hidden = known.length === 0;
  // What is not normal lies on top.
  const inOrder = [...known].sort(
    (a, b) => ORDER.indexOf(degreeIn(a)) - ORDER.indexOf(degreeIn(b)),
  );
  marks.replaceChildren(...inOrder.map(renderMark));
  body.replaceChildren(...known.map(renderRow));
}

const ORDER: readonly Degree[] = ['unknown', 'normal', 'fast', 'slow', 'very-slow'];

const placeOf = ({ latitude, longitude }: FleetLine) => project(latitude ?? 0, longitude ?? 0);

/** Of what is fresh; anything else is not judged. */
function degreeIn({ state, normal }: FleetLine): Degree {
  return state === 'ok' ? degreeOf(normal?.read) : 'unknown';
}

function ratioOf({ state, normal }: FleetLine): string {
  const ratio = state === 'ok' ? normal?.read?.ratio : null;
  return ratio === null || ratio === undefined ? ABSENT : `${ratio.toFixed(2)} ×`;
}

function renderMark(line: FleetLine): SVGElement {
  const degree = degreeIn(line);
  const [x, y] = placeOf(line);
  const radius = degree === 'slow' || degree === 'very-slow' ? '4.5' : '3';
  const mark = svg('circle', { cx: String(x), cy: String(y), r: radius, 'data-degree': degree });
  const title = svg('title');
  title.textContent = `${line.city} (${nameOf(line)}): ${ratioOf(line)}`;
  mark.append(title);
  return mark;
}

function renderRow(line: FleetLine): HTMLElement {
  const cells = [
    line.city,
    milliseconds(line.read_p50_ms),
    ratioOf(line),
    WORDS[degreeIn(line)],
  ].map((text) => el('td', {}, text));
  return el('tr', {}, el('th', { scope: 'row' }, nameOf(line)), ...cells);
}
