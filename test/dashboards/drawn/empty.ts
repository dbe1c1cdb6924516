import type { Drawn } from './draw.js';
import type { Prepared } from './prepared/states.js';

/** What only one thing fills, and the states that have it. */
const ONLY_IN: readonly (readonly [panels: string, states: string])[] = [
  // An alert.
  [
    'Fleet 22, Alerts and objectives 5, Alerts and objectives 6',
    'slow failing silent four-troubles two-regions twenty-regions forty-regions two-targets',
  ],
  // A replica.
  ['Fleet 19, Fleet 20', 'replica'],
  // A name with two addresses.
  ['Region 403', ''],
  // Failures in the region that is looked at.
  ['Region 401', 'failing four-troubles two-regions forty-regions'],
  // A region that is slow.
  ['Region 304', 'slow twenty-regions'],
];

/** What a region shows that measures nothing at the moment: its tiles say a dash. */
const OF_NOW = ['Region 102', 'Region 103', 'Region 104', 'Region 105'];

const NOTHING_MEASURED = ['failing', 'four-troubles', 'two-regions', 'forty-regions'];
const NOTHING_HEARD = ['silent'];
/** There is no normal in the first minutes. */
const FIRST_MINUTES = ['Fleet 23', 'Region 108'];
const HEARD = ['Region 101', 'Region 106', 'Region 108', 'Region 404', 'Region 707'];
/** What stands for the rules themselves is there without any fleet. */
const WITHOUT_A_FLEET = ['Alerts and objectives 1'];

/** Whether a panel has nothing to show in a state, and is right to. In any other state it is at fault. */
export function mayBeEmpty({ name }: Prepared, { dashboard, id }: Drawn): boolean {
  const panel = `${dashboard} ${id}`;
  if (name === 'no-data') return !WITHOUT_A_FLEET.includes(panel);
  const only = ONLY_IN.find(([panels]) => panels.split(', ').includes(panel));
  if (only !== undefined) return !only[1].split(' ').includes(name);
  if (name === 'first-minutes') return [...FIRST_MINUTES, ...OF_NOW].includes(panel);
  if (NOTHING_HEARD.includes(name)) return [...HEARD, ...OF_NOW].includes(panel);
  return NOTHING_MEASURED.includes(name) && OF_NOW.includes(panel);
}
