import {
  MappingType,
  SpecialValueMatch,
  type RangeMap,
  type RegexMap,
  type SpecialValueMap,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { codeOf, SINCE_RECORD, STATE_RECORD, STATES, type StateName } from '../rules/states.js';
import { STATE_COLOURS } from './colours.js';
import { of } from './series.js';

export type Mapping = ValueMap | RangeMap | RegexMap | SpecialValueMap;

const { normal, warning, alarm, worst, unknown, unheard, waiting } = STATE_COLOURS;

interface Look {
  readonly colour: string;
  /** The section of the runbook. */
  readonly anchor: string;
}

/** How each state looks. Its name stands beside the colour wherever there is room for a word. */
const LOOKS: Readonly<Record<StateName, Look>> = {
  normal: { colour: normal, anchor: '' },
  'no normal yet': { colour: unknown, anchor: 'pglatencybaselinemissing' },
  waiting: { colour: waiting, anchor: 'pglatencyrulesempty' },
  'above normal': { colour: warning, anchor: 'pglatencyregionshifted' },
  'some errors': { colour: warning, anchor: 'pglatencyregionerrors' },
  slow: { colour: alarm, anchor: 'pglatencyregionslow' },
  stale: { colour: unheard, anchor: 'pglatencyschedulestale' },
  'no new connections': { colour: worst, anchor: 'pglatencyconnectfailing' },
  failing: { colour: worst, anchor: 'pglatencyregionfailing' },
  silent: { colour: unheard, anchor: 'pglatencyregionsilent' },
};

/** Nothing was measured: a word or a dash, and no threshold's colour. */
export const absent = (text = '–'): SpecialValueMap => ({
  type: MappingType.SpecialValue,
  options: {
    match: SpecialValueMatch.NullAndNan,
    result: { text, color: waiting, index: 99 },
  },
});

/** A code and what follows it up to the next one: a table sorts by the fraction within a state. */
export const STATE_MAPPINGS: readonly Mapping[] = [
  ...STATES.map(({ code, name }, index) =>
    range(code, code + 0.9999, name, LOOKS[name].colour, index),
  ),
  absent('not known'),
];

export function range(
  from: number | null,
  to: number | null,
  text: string,
  color: string | undefined,
  index: number,
): RangeMap {
  const result = { text, index, ...(color === undefined ? {} : { color }) };
  return { type: MappingType.RangeToText, options: { from, to, result } };
}

/** In a panel of states, where there are none. */
export const NO_STATES = 'The recording rules give no states: nothing is known';

/** Alerts and regions that were never heard have not every label. */
export const IN_SCOPE = 'fleet=~"$fleet|", target=~"$target|", region=~"$region|"';

/** The worst state of each region. */
export const STATE = `max by (region) (${of(STATE_RECORD, IN_SCOPE)})`;

/** The same at the end of the range, at each of its moments. */
export const STATE_AT_END = `max by (region) (${of(STATE_RECORD, IN_SCOPE)} @ end())`;

/** The regions in these states. */
export function regionsIn(first: StateName, last: StateName = first): string {
  return `(${STATE} >= ${codeOf(first)}) <= ${codeOf(last)}`;
}

const OTHERS = 'fleet="$fleet", target!~"$target|"';

/** The worst state of each other target of the fleet, as if it were a region: nobody sees those who looks at one. */
export const OTHER_TARGETS = `label_replace(max by (target) (${of(STATE_RECORD, OTHERS)}), "region", "target $1", "target", "(.*)")`;

/** States with a label that is made of the state. */
export function labelled(
  label: string,
  textOf: (name: StateName) => string,
  states = STATE,
): string {
  return STATES.map(
    ({ code, name }) =>
      `label_replace(${states} == ${code}, "${label}", "${textOf(name)}", "", "")`,
  ).join(' or ');
}

/** A state's colour from its code upwards. */
export const STATE_STEPS: readonly (readonly [from: number, colour: string])[] = STATES.map(
  ({ code, name }) => [code, LOOKS[name].colour] as const,
);

export const anchorOf = (name: StateName): string => LOOKS[name].anchor;

/** Milliseconds: since when each region has its state. */
export const SINCE = `1000 * max by (region) (${of(SINCE_RECORD, IN_SCOPE)})`;

/** The same of each other target: of the first of its regions that is in trouble. */
export const OTHERS_SINCE = `label_replace(1000 * min by (target) (${of(SINCE_RECORD, OTHERS)} and (${of(STATE_RECORD, OTHERS)} > ${codeOf('waiting')})), "region", "target $1", "target", "(.*)")`;
