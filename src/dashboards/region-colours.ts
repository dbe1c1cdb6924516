import { PROVIDERS } from '../regions/catalogue.js';

/** Colours by the expressions of the regions' names, in the order in which Grafana applies them: the last one wins. */
export interface ColouredNames {
  /** Of the whole name, as Grafana writes it: between slashes. */
  readonly pattern: string;
  readonly colour: string;
}

/** Regions that are no place. */
const NO_PLACE: Readonly<Record<string, string>> = { hub: '#9AA5B1', local: '#6E7681' };

/**
 * The default fleet's: blues are Europe, warm colours the Americas, violets the Asian and Pacific coasts. No pure green,
 * yellow or red, which mean a state.
 */
const DEFAULT_FLEET: Readonly<Record<string, string>> = {
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
};

/** Far from each other, as the eye sees it (OKLab), from the states' colours, and from a dark ground. */
const FURTHER = [
  '#00FCA8',
  '#FCCCFC',
  '#CC30A8',
  '#84A8CC',
  '#C0A8A8',
  '#6CF0FC',
  '#9CCC00',
  '#7884A8',
  '#CCE448',
  '#FC90FC',
  '#00C084',
  '#A86084',
  '#6C48E4',
  '#9CCCA8',
  '#A8CCFC',
  '#C084FC',
  '#00906C',
  '#FC9CC0',
  '#00A8FC',
  '#6C7860',
  '#FCA884',
  '#C090CC',
  '#F03078',
  '#E4D8CC',
  '#78A890',
  '#0090A8',
  '#B4A86C',
  '#48E4C0',
  '#906CFC',
  '#F060E4',
];

/** Enough for all regions of most providers. */
export const PALETTE: readonly string[] = [...Object.values(DEFAULT_FLEET), ...FURTHER];

/** The regions with a colour of their own in every fleet. */
export const REGION_COLOURS: Readonly<Record<string, string>> = { ...DEFAULT_FLEET, ...NO_PLACE };

/** What names differ by, up to a blank: their last letter or figure, of eight kinds, and the one before it, of two. */
const ODD = '[13579bdfhjlnprtvxz]';
const TESTS = [
  `\\S*${ODD}(?!\\S)`,
  '\\S*[2367cdghklopstwx](?!\\S)',
  '\\S*[4567efghmnopuvwx](?!\\S)',
  `\\S*${ODD}\\S(?!\\S)`,
];

/** The colour of every name: of those that nobody knows, of the catalogue's, of those above. */
export function regionColours(): ColouredNames[] {
  return [...ofUnknownNames(), ...ofCatalogue(), ...ofNoPlace()];
}

/** Shares any name out among some colours, the same on every panel. */
function ofUnknownNames(): ColouredNames[] {
  return FURTHER.slice(0, 2 ** TESTS.length).map((colour, index) => {
    const parts = TESTS.map((test, bit) => `(?${(index >> bit) & 1 ? '=' : '!'}${test})`);
    return { pattern: `/^${parts.join('')}/`, colour };
  });
}

/**
 * The regions of a provider have different colours, as long as there are enough. Providers begin one apart: a region of
 * another one beside them does not have the colour of their first.
 */
function ofCatalogue(): ColouredNames[] {
  const indexes = new Map(Object.keys(DEFAULT_FLEET).map((code, index) => [code, index]));
  const first = indexes.size;
  Object.values(PROVIDERS).forEach((places, provider) => {
    const others = places.filter(({ code }) => !indexes.has(code));
    others.forEach(({ code }, place) =>
      indexes.set(code, (first + provider + place) % PALETTE.length),
    );
  });
  return PALETTE.map((colour, index) => {
    const codes = [...indexes].flatMap(([code, of]) => (of === index ? [code] : []));
    return { pattern: wholeNames(codes), colour };
  });
}

const ofNoPlace = (): ColouredNames[] =>
  Object.entries(NO_PLACE).map(([name, colour]) => ({ pattern: wholeNames([name]), colour }));

const wholeNames = (codes: readonly string[]): string => `/^(${codes.join('|')})(?!\\S)/`;
