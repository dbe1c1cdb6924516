import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROVIDERS } from './catalogue.js';
import { DEFAULT_FLEET_CODES } from './default-fleet.js';
import { coloursOf, fleetColours, hueDistance, leastGap, type RegionColour } from './hues.js';

const codes = Object.values(PROVIDERS)
  .flat()
  .map(({ code }) => code);

const anyFleet = (most: number) =>
  fc.uniqueArray(fc.constantFrom(...codes), { minLength: 2, maxLength: most });

/** Pairs of one shade. */
function pairsOf(colours: readonly RegionColour[]): [RegionColour, RegionColour][] {
  return colours.flatMap((a, i) =>
    colours
      .slice(0, i)
      .flatMap((b): [RegionColour, RegionColour][] => (a.shade === b.shade ? [[a, b]] : [])),
  );
}

test('regions of one table lie at least half as far apart as they could, of one shade or of two', () => {
  fc.assert(
    fc.property(anyFleet(40), (regions) => {
      const colours = [...coloursOf(regions, {}).values()];
      expect(colours).toHaveLength(regions.length);
      const least = leastGap(regions.length);
      expect(least).toBeGreaterThanOrEqual(Math.min(18, 360 / regions.length));
      for (const { hue, shade } of colours) {
        expect(hue).toBeGreaterThanOrEqual(0);
        expect(hue).toBeLessThan(360);
        if (regions.length <= 10) expect(shade).toBe(0);
      }
      for (const [a, b] of pairsOf(colours)) {
        expect(hueDistance(a.hue, b.hue)).toBeGreaterThanOrEqual(least - 1e-9);
      }
    }),
  );
});

test('twenty regions, the default ten among them, differ by 12 degrees or by their shade', () => {
  const fleet = anyFleet(10).map((others) => [...new Set([...DEFAULT_FLEET_CODES, ...others])]);
  fc.assert(
    fc.property(fleet, (regions) => {
      const colours = fleetColours(regions);
      for (const code of DEFAULT_FLEET_CODES) expect(colours.get(code)?.shade).toBe(0);
      for (const [a, b] of pairsOf([...colours.values()])) {
        expect(hueDistance(a.hue, b.hue)).toBeGreaterThanOrEqual(12);
      }
    }),
  );
});

test('a colour follows from the names, in whatever order they come, and what is given stays', () => {
  const fleet = ['us-east-1', 'eu-west-1', 'lhr', 'westeurope'];
  const colours = fleetColours(fleet);
  expect(colours.get('lhr')).toEqual({ hue: 250, shade: 0 });
  expect(fleetColours([...fleet].reverse())).toEqual(colours);
  expect(fleetColours(DEFAULT_FLEET_CODES).get('syd')).toEqual({ hue: 350, shade: 0 });
});

test('a region that is no place has no colour', () => {
  expect([...fleetColours(['local', 'hub', 'rack-7']).keys()]).toEqual(['rack-7']);
});

test('most regions keep their colour when another is added', () => {
  const fleet = codes.filter((code) => /^(us|eu|ap)-\w+-1$/.test(code));
  const before = coloursOf(fleet, {});
  const after = coloursOf([...fleet, 'gru'], {});
  const moved = fleet.filter(
    (code) => JSON.stringify(before.get(code)) !== JSON.stringify(after.get(code)),
  );
  expect(fleet.length).toBeGreaterThan(8);
  expect(moved.length).toBeLessThanOrEqual(4);
});
