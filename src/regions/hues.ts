import { hashOf } from './hash.js';

const FULL_CIRCLE = 360;

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

/** As huesOf says, the ten regions of the default fleet with their own; one that is no place has none. */
export function fleetHues(codes: readonly string[]): ReadonlyMap<string, number> {
  return huesOf(
    codes.filter((code) => !GREY.includes(code)),
    DEFAULT_HUES,
  );
}

/**
 * A hue for each region, in degrees, to be told apart in one table. A region has the hue of its name, where it is
 * at least half as far from the others as they could all be: 180 / n degrees. Where another has come
 * too near, it goes to the middle of the widest gap, which is that wide at least. So most regions keep their
 * colour in every fleet, and one that is added moves few.
 *
 * @param fixed hues that are given
 */
export function huesOf(
  codes: readonly string[],
  fixed: Readonly<Record<string, number>>,
): ReadonlyMap<string, number> {
  const distinct = [...new Set(codes)].sort();
  const isFixed = (code: string) => Object.hasOwn(fixed, code);
  const hues = new Map(distinct.filter(isFixed).map((code) => [code, fixed[code] as number]));
  const leastGap = FULL_CIRCLE / 2 / distinct.length;
  for (const code of distinct.filter((it) => !isFixed(it))) {
    const own = Math.floor(hashOf(code) * FULL_CIRCLE);
    const taken = [...hues.values()];
    const isFree = taken.every((hue) => hueDistance(hue, own) >= leastGap);
    hues.set(code, isFree ? own : middleOfWidestGap(taken));
  }
  return hues;
}

/** Between two hues, 0 to 180 degrees. */
export function hueDistance(a: number, b: number): number {
  const distance = Math.abs(a - b) % FULL_CIRCLE;
  return Math.min(distance, FULL_CIRCLE - distance);
}

function middleOfWidestGap(taken: readonly number[]): number {
  const sorted = [...taken].sort((a, b) => a - b);
  const gaps = sorted.map((hue, i) => {
    const next = sorted[i + 1] ?? (sorted[0] as number) + FULL_CIRCLE;
    return { hue, width: next - hue };
  });
  const widest = gaps.reduce((best, it) => (it.width > best.width ? it : best));
  return (widest.hue + widest.width / 2) % FULL_CIRCLE;
}
