import { nameOf, type FleetAnswer, type RegionReads, type TargetReading } from './api.js';
import { colourAs } from './colours.js';
import { byId, el } from './dom.js';
import { ABSENT, milliseconds } from './format.js';

const section = byId('reads');
const body = section.querySelector('tbody') as HTMLTableSectionElement;
let shown = '';

/** Which target each region reads fastest; nothing while no target follows another. */
export function showReads({ reads }: FleetAnswer): void {
  const compared = reads.flatMap(comparisonsOf);
  section.hidden = compared.every(({ targets }) => targets.length < 2);
  if (section.hidden) return;
  const rows = compared.filter(({ targets }) => targets.length > 0).map(renderRow);
  // Written only when something has changed, so that an unchanged page costs no layout.
  const text = rows.map(({ outerHTML }) => outerHTML).join('');
  if (text === shown) return;
  shown = text;
  body.replaceChildren(...rows);
}

/** A region's comparisons, a database each, with the targets that hold its rows. */
function comparisonsOf({ others, ...reads }: RegionReads): Comparison[] {
  return [reads, ...others.map((other) => ({ ...reads, ...other }))].map((it) => ({
    ...it,
    targets: reads.targets.filter(
      ({ target, follows }) => target === it.primary || follows === it.primary,
    ),
  }));
}

type Comparison = Omit<RegionReads, 'others'>;

function renderRow(reads: Comparison): HTMLTableRowElement {
  const cell = (className: string, label: string, ...children: (Node | string)[]) =>
    el('td', { role: 'cell', class: className, 'data-label': label }, ...children);
  const row = el(
    'tr',
    { role: 'row' },
    el(
      'th',
      { role: 'rowheader', scope: 'row' },
      el('span', { class: 'flag', 'aria-hidden': 'true' }, reads.flag),
      el('span', { class: 'city' }, reads.city),
      el('span', { class: 'code' }, nameOf(reads)),
    ),
    cell('best', 'Read from', reads.fastest ?? ABSENT),
    cell('number', 'Gain, ms', gainOf(reads, milliseconds(reads.gain_ms))),
    cell('number', 'Gain, %', gainOf(reads, reads.gain_percent?.toFixed(1) ?? ABSENT)),
    cell(
      'targets',
      'Targets, read p50',
      el('ul', {}, ...reads.targets.map((target) => renderTarget(target, reads))),
    ),
  );
  colourAs(row, reads.colour);
  return row;
}

/** Where the primary is the fastest there is nothing to gain, which is not a gain of 0. */
function gainOf({ primary, fastest }: Comparison, figure: string): string {
  return fastest !== null && fastest === primary ? 'none' : figure;
}

function renderTarget(target: TargetReading, { fastest }: Comparison): HTMLElement {
  const isFastest = target.target === fastest;
  const figure = target.read_p50_ms === null ? whyNot(target) : milliseconds(target.read_p50_ms);
  return el(
    'li',
    { 'data-state': target.state, ...(isFastest && { class: 'fastest' }) },
    `${target.target} `,
    el('b', {}, figure),
    target.state === 'stale' ? ' stale' : '',
  );
}

function whyNot({ state, reason }: TargetReading): string {
  return reason ?? (state === 'waiting' ? 'no run yet' : ABSENT);
}
