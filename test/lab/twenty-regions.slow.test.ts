import { expect, it } from 'vitest';
import type { FleetRow } from '../../src/fleet/row.js';
import { fleetColours, hueDistance, leastGap } from '../../src/regions/hues.js';
import { staggerSecond } from '../../src/schedule/stagger.js';
import { runCli } from '../helpers/cli.js';

/** Of Fly.io, AWS and Google Cloud; two have one city. */
const REGIONS = [
  ...['lhr', 'fra', 'iad', 'lax', 'sin', 'syd', 'nrt'],
  ...[
    'eu-west-1',
    'eu-central-1',
    'us-east-1',
    'us-west-2',
    'ap-southeast-2',
    'sa-east-1',
    'ap-south-1',
  ],
  ...[
    'europe-west4',
    'us-central1',
    'asia-east1',
    'southamerica-east1',
    'me-west1',
    'africa-south1',
  ],
];

it('twenty regions of three providers are all measured, at their distances, and ranked', async () => {
  const args = ['lab', '--once', '--json', '--iterations', '3', '--regions', REGIONS.join(',')];
  const { code, stdout, stderr } = await runCli(args);
  expect(`${stderr}exit ${code}`).toMatch(/exit 0$/);
  const rows = JSON.parse(stdout) as FleetRow[];
  expect(rows.map(({ region }) => region).sort()).toEqual([...REGIONS].sort());
  expect(rows.map(({ rank }) => rank)).toEqual(REGIONS.map((_, i) => i + 1));
  const reads = rows.map(({ read_p50_ms }) => read_p50_ms ?? NaN);
  expect([...reads].sort((a, b) => a - b)).toEqual(reads);
  // From Dublin's neighbour to the far side of the world.
  expect(reads[0]).toBeLessThan(100);
  expect(reads.at(-1)).toBeGreaterThan(250);
}, 180_000);

it('their colours are told apart, and their seconds are spread', () => {
  const colours = [...fleetColours(REGIONS).values()];
  expect(colours).toHaveLength(REGIONS.length);
  for (const [i, a] of colours.entries()) {
    for (const b of colours.slice(i + 1)) {
      if (a.shade === b.shade)
        expect(hueDistance(a.hue, b.hue)).toBeGreaterThanOrEqual(leastGap(REGIONS.length));
    }
  }
  // Sixty seconds: twenty regions that were thrown at random would take seventeen of them on average.
  expect(new Set(REGIONS.map(staggerSecond)).size).toBeGreaterThanOrEqual(15);
});
