import {
  MappingType,
  SpecialValueMatch,
  type RangeMap,
  type RegexMap,
  type SpecialValueMap,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { codeOf, STATE_RECORD, STATES, type StateName } from '../rules/states.js';
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

/** Alerts and regions that were never heard have not every label. */
export const IN_SCOPE = 'fleet=~"$fleet|", target=~"$target|", region=~"$region|"';

/** The worst state of each region. */
export const STATE = `max by (region) (${of(STATE_RECORD, IN_SCOPE)})`;

/** The regions in these states. */
export function regionsIn(first: StateName, last: StateName = first): string {
  return `(${STATE} >= ${codeOf(first)}) <= ${codeOf(last)}`;
}

/** The same with a label that is made of the state. */
export function labelled(label: string, textOf: (name: StateName) => string): string {
  return STATES.map(
    ({ code, name }) => `label_replace(${STATE} == ${code}, "${label}", "${textOf(name)}", "", "")`,
  ).join(' or ');
}

export const anchorOf = (name: StateName): string => LOOKS[name].anchor;

/** Milliseconds: when the region came into its state, where that is no longer ago than six hours. */
export const SINCE = `1000 * max by (region) (max_over_time(timestamp(${STATE} != ${STATE.replace(/\}\)$/, '} offset 1m)')})[6h:1m]))`;
