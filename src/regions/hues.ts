import { hashOf } from './hash.js';

const FULL_CIRCLE = 360;
/** Degrees between two hues that everybody tells apart; ten regions fit at half of the even distance. */
const PLAIN_GAP = 18;
/** Up to so many regions one shade is enough. */
const OF_ONE_SHADE = 10;

export interface RegionColour {
  /** Degrees. */
  readonly hue: number;
  /** 0, or 1: the same hue, farther from the ground. */
  readonly shade: 0 | 1;
}

/** The default fleet's: neighbours on the map near each other on the wheel. */
const DEFAULT_HUES: Readonly<Record<string, number>> = {
  fra: 215,
  lhr: 250,
  cdg: 288,
  iad: 175,
  ord: 150,
  lax: 125,
  gru: 90,
  sin: 60,
  nrt: 30,
  syd: 350,
};

/** Regions that are no place, and have no colour. */
const GREY: readonly string[] = ['hub', 'local'];

/** As coloursOf says, the ten regions of the default fleet with their own; one that is no place has none. */
export function fleetColours(codes: readonly string[]): ReadonlyMap<string, RegionColour> {
  return coloursOf(
    codes.filter((code) => !GREY.includes(code)),
    DEFAULT_HUES,
  );
}

/**
 * A colour for each region, to be told apart in one table. A region has the hue of its name, where that is at least
 * `leastGap` from the others of its shade. Where another has come too near, it takes its other shade, in a fleet of
 * more than ten, or else goes to the middle of the widest gap, which is that wide at least. So most regions keep
 * their colour in every fleet, and one that is added moves few.
 *
 * @param fixed hues that are given, of the first shade
 */
export function coloursOf(
  codes: readonly string[],
  fixed: Readonly<Record<string, number>>,
): ReadonlyMap<string, RegionColour> {
  const distinct = [...new Set(codes)].sort();
  const isFixed = (code: string) => Object.hasOwn(fixed, code);
  const colours = new Map<string, RegionColour>(
    distinct.filter(isFixed).map((code) => [code, { hue: fixed[code] as number, shade: 0 }]),
  );
  const shades = distinct.length > OF_ONE_SHADE ? ([0, 1] as const) : ([0] as const);
  const gap = leastGap(distinct.length);
  for (const code of distinct.filter((it) => !isFixed(it))) {
    const hue = Math.floor(hashOf(code) * FULL_CIRCLE);
    const taken = (of: 0 | 1) =>
      [...colours.values()].flatMap((it) => (it.shade === of ? [it.hue] : []));
    const shade = shades.find((it) => taken(it).every((other) => hueDistance(other, hue) >= gap));
    colours.set(code, shade === undefined ? inWidestGap(shades.map(taken)) : { hue, shade });
  }
  return colours;
}

/** Degrees that are between any two of this many regions of one shade, where none is fixed. */
export function leastGap(regions: number): number {
  return regions > OF_ONE_SHADE
    ? Math.min(PLAIN_GAP, FULL_CIRCLE / regions)
    : FULL_CIRCLE / 2 / regions;
}

/** Between two hues, 0 to 180 degrees. */
export function hueDistance(a: number, b: number): number {
  const distance = Math.abs(a - b) % FULL_CIRCLE;
  return Math.min(distance, FULL_CIRCLE - distance);
}

/** @param taken hues by shade, none of them empty: else the region would have its own */
function inWidestGap(taken: readonly (readonly number[])[]): RegionColour {
  const gaps = taken.flatMap((hues, shade) => {
    const sorted = [...hues].sort((a, b) => a - b);
    return sorted.map((hue, i) => {
      const next = sorted[i + 1] ?? (sorted[0] as number) + FULL_CIRCLE;
      return { hue, width: next - hue, shade: shade as 0 | 1 };
    });
  });
  const widest = gaps.reduce((best, it) => (it.width > best.width ? it : best));
  return { hue: (widest.hue + widest.width / 2) % FULL_CIRCLE, shade: widest.shade };
}
