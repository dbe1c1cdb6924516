import { expect, test } from 'vitest';
import { DEFAULT_FLEET_CODES } from '../../regions/default-fleet.js';
import { regionOf } from '../../regions/regions.js';
import { landPath, project, WORLD } from './world.js';

const points = [...landPath().matchAll(/M(-?\d+) (-?\d+)h0/g)].map(([, x, y]) => [
  +(x ?? NaN),
  +(y ?? NaN),
]);

test('the land is inside the picture', () => {
  expect(points.length).toBeGreaterThan(300);
  for (const [x = NaN, y = NaN] of points) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(WORLD.width);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThanOrEqual(WORLD.height);
  }
});

test.each(DEFAULT_FLEET_CODES)('%s lies on land, or at its coast', (code) => {
  const { latitude, longitude } = regionOf(code);
  const [x, y] = project(latitude ?? NaN, longitude ?? NaN);
  const distances = points.map(([px = NaN, py = NaN]) => Math.hypot(px - x, py - y));
  expect(Math.min(...distances)).toBeLessThan(6);
});
