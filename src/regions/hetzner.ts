import { places } from './place.js';

/** Hetzner Cloud: https://docs.hetzner.com/cloud/general/locations/, by location. */
export const HETZNER = places([
  ['fsn1', 'Falkenstein', 'DE', 50.48, 12.37],
  ['nbg1', 'Nuremberg', 'DE', 49.45, 11.08],
  ['hel1', 'Helsinki', 'FI', 60.17, 24.94],
  ['ash', 'Virginia', 'US', 39.04, -77.49],
  ['hil', 'Oregon', 'US', 45.52, -122.99],
  ['sin', 'Singapore', 'SG', 1.35, 103.82],
]);
