import { STATE_COLOURS } from '../../../src/dashboards/colours.js';
import type { Cell, Drawn } from './draw.js';
import { colourName } from './text.js';

/** What no value may read as. */
const UNREADABLE = /NaN|undefined|\bnull\b|Infinity|\$\{|\$[a-z]/;
/** Colours that say nothing good or bad of what they are on. */
const NEUTRAL: readonly string[] = [STATE_COLOURS.waiting, '#00000000', STATE_COLOURS.unknown];
/** A share of more than all: of a normal, not of a whole. */
const MAY_PASS_100 = ['Change'];

/** What is wrong with a panel whatever the state is; empty panels are judged by `emptyIn`. */
export function faultsOf(state: string, panel: Drawn): string[] {
  const where = `${state}: ${panel.dashboard} ${panel.id} "${panel.title}"`;
  const { description = '', fieldConfig } = panel.panel;
  const faults = panel.rows.flat().flatMap((cell) => cellFaults(panel, cell));
  if (UNREADABLE.test(panel.title)) faults.push('its title has a variable that nothing fills in');
  if (description.length < 20) faults.push('it has no description');
  if (!fieldConfig?.defaults.unit) faults.push('it has no unit');
  return [...new Set(faults)].map((fault) => `${where}: ${fault}`);
}

function cellFaults({ type }: Drawn, cell: Cell): string[] {
  const { name, text, unit, value, colour, link } = cell;
  const judged = type === 'stat' || type === 'bargauge' || type === 'table' || type === 'geomap';
  const faults: string[] = [];
  for (const shown of [name, text, link ?? '']) {
    if (UNREADABLE.test(shown)) faults.push(`"${name}" reads "${shown}"`);
  }
  if (judged && value === null && colour !== undefined && !NEUTRAL.includes(colour)) {
    faults.push(`"${name}" has no value, and the colour ${colourName(colour)}`);
  }
  if (type === 'heatmap' && typeof value === 'number' && value < 0) {
    faults.push(`the bucket "${name}" holds less than the one below it`);
  }
  const beyond = typeof value === 'number' && value > 1 && unit === 'percentunit';
  if (beyond && !MAY_PASS_100.includes(name)) faults.push(`"${name}" is ${text} of a whole`);
  return faults;
}

/** Whether there is nothing to be seen in it. */
export const isEmpty = ({ rows }: Drawn): boolean =>
  rows.flat().every(({ value }) => value === null);
