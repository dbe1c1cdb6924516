import { DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';

/** The regions that the dashboards name; the colour of any other follows from its name. */
export const NAMED_REGIONS: readonly string[] = [...DEFAULT_FLEET_CODES, 'hub', 'local'];

/**
 * One colour a region, the same on every panel of every dashboard: blues are Europe, warm colours the
 * Americas, violets the Asian and Pacific coasts. No pure green, yellow or red, which mean a state.
 */
export const REGION_COLOURS: Readonly<Record<string, string>> = {
  lhr: '#3D71D9',
  cdg: '#17B8C9',
  fra: '#8F9BFF',
  iad: '#C77A28',
  ord: '#E8D27A',
  lax: '#A8734B',
  gru: '#7C9A3C',
  nrt: '#B45CD6',
  sin: '#E36BAE',
  syd: '#7A4FA3',
  hub: '#9AA5B1',
  local: '#6E7681',
};

/** Lines that are no region and no state. */
export const LINE_COLOUR = '#8AB8FF';

/** Of lines beside each other, far enough apart to be told by their colour. */
export const LINE_COLOURS: readonly string[] = [
  LINE_COLOUR,
  '#C8841E',
  '#B877D9',
  '#37A2B0',
  '#B8BFCB',
  '#3D5FC4',
  '#D988B0',
  '#8C7B5A',
];

/** What a value says of its state, in every threshold. */
export const STATE_COLOURS = {
  normal: '#56A64B',
  notice: '#F2CC0C',
  warning: '#FF9830',
  alarm: '#E02F44',
  worst: '#8F1D2C',
  quick: '#5794F2',
  none: 'transparent',
  /** Not measured: neither good nor bad. */
  waiting: '#8E8E8E',
  unknown: '#A5B3C4',
  /** Nothing is heard, or nothing new: as bad as a failure. */
  unheard: '#9B3FC4',
} as const;

/** What names differ by, up to a blank: us-east-1, us-east-2 and us-west-1 have three colours. */
const TESTS = ['\\S*[02468acegikmoqsuwy](?!\\S)', '[a-i]', '\\S*(west|south)'];

/** Patterns that share any name out among the colours of lines, the same on every panel. */
export function otherRegionColours(): { pattern: string; colour: string }[] {
  return LINE_COLOURS.map((colour, index) => {
    const parts = TESTS.map((test, bit) => `(?${(index >> bit) & 1 ? '=' : '!'}${test})`);
    return { pattern: `/^${parts.join('')}/`, colour };
  });
}

/** Override properties that give the series named like a region the region's colour. */
export function regionColourOverrides(): { name: string; colour: string }[] {
  return Object.entries(REGION_COLOURS).map(([name, colour]) => ({ name, colour }));
}
