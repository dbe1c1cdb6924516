import type { Concern } from './attention.js';
import { byId, el } from './dom.js';

const section = byId('attention');
const list = section.querySelector('ul') as HTMLUListElement;
const more = byId('attention-more');
const FIRST = 6;

let shown = '';
let isWhole = false;

/** What somebody should look at, each with a link to its row. */
export function showConcerns(concerns: readonly Concern[]): void {
  const text = JSON.stringify([concerns, isWhole]);
  if (text === shown) return;
  shown = text;
  section.hidden = concerns.length === 0;
  const listed = isWhole ? concerns : concerns.slice(0, FIRST);
  list.replaceChildren(...listed.map(renderConcern));
  more.hidden = concerns.length <= FIRST;
  more.textContent = isWhole ? 'Show fewer' : `Show all ${concerns.length}`;
  more.setAttribute('aria-expanded', String(isWhole));
  more.onclick = () => {
    isWhole = !isWhole;
    showConcerns(concerns);
  };
}

function renderConcern({ key, who, what, urgency }: Concern): HTMLElement {
  return el(
    'li',
    { 'data-urgency': urgency },
    el('a', { href: `#${encodeURIComponent(key)}` }, who),
    ` ${what}`,
  );
}
