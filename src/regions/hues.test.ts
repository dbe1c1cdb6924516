import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PROVIDERS } from './catalogue.js';
import { hueDistance, huesOf } from './hues.js';

const codes = Object.values(PROVIDERS)
  .flat()
  .map(({ code }) => code);

test('regions of one table lie at least half as far apart as they could', () => {
  const fleet = fc.uniqueArray(fc.constantFrom(...codes), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(fleet, (regions) => {
      const hues = [...huesOf(regions, {}).values()];
      expect(hues).toHaveLength(regions.length);
      const least = 180 / hues.length - 1e-9;
      hues.forEach((hue, i) => {
        expect(hue).toBeGreaterThanOrEqual(0);
        expect(hue).toBeLessThan(360);
        for (const other of hues.slice(0, i)) {
          expect(hueDistance(hue, other)).toBeGreaterThanOrEqual(least);
        }
      });
    }),
  );
});

test('a hue follows from the names, in whatever order they come, and what is given stays', () => {
  const fleet = ['us-east-1', 'eu-west-1', 'lhr', 'westeurope'];
  const hues = huesOf(fleet, { lhr: 250 });
  expect(hues.get('lhr')).toBe(250);
  expect(huesOf([...fleet].reverse(), { lhr: 250 })).toEqual(hues);
});

test('most regions keep their colour when another is added', () => {
  const fleet = codes.filter((code) => /^(us|eu|ap)-\w+-1$/.test(code));
  const before = huesOf(fleet, {});
  const after = huesOf([...fleet, 'gru'], {});
  const moved = fleet.filter((code) => before.get(code) !== after.get(code));
  expect(fleet.length).toBeGreaterThan(8);
  expect(moved.length).toBeLessThanOrEqual(2);
});
