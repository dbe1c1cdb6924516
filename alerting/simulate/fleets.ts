import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFleet } from '../../src/commands/rendered-files.js';
import { DEFAULT_FLEET } from '../../src/config/fields.js';
import type { RulesFleet } from '../../src/rules/fleet.js';
import { rulesFleetOf } from '../../src/rules/from-file.js';

/** Fleets that differ in what the rules are made from. */
export interface NamedFleet {
  readonly name: string;
  /** As in pglatency.yaml. */
  readonly file: object;
  /** A second fleet of the same regions is in the same Prometheus. */
  readonly beside?: true;
}

const TARGET = {
  host: 'db.example.com',
  user: 'monitor',
  database: 'shop',
  password_env: 'SECRET',
};
const TARGETS = {
  primary: TARGET,
  reports: { ...TARGET, mode: 'read-only', follows: 'primary' },
  second: TARGET,
};

const regions = (count: number) => ({
  regions: Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}`, {}])),
});
const at = (ms: number) => ({ expect: { select_ms: ms } });

export const FLEETS: readonly NamedFleet[] = [
  { name: 'the default', file: regions(3) },
  { name: 'a run every 5 minutes', file: { ...regions(3), schedule: '*/5 * * * *' } },
  { name: 'a run every 15 minutes', file: { ...regions(3), schedule: '*/15 * * * *' } },
  { name: 'a run every hour', file: { ...regions(3), schedule: '0 * * * *' } },
  { name: 'four runs a minute', file: { ...regions(3), schedule: '*/15 * * * * *' } },
  { name: 'a scrape each 30 s', file: { ...regions(3), scrape_interval: '30s' } },
  { name: 'a scrape each minute', file: { ...regions(3), scrape_interval: '60s' } },
  { name: 'an evaluation each 15 s', file: { ...regions(3), evaluation_interval: '15s' } },
  {
    name: 'two fleets in one Prometheus',
    file: { ...regions(3), fleet: 'staging' },
    beside: true,
  },
  { name: 'three targets, one a replica', file: { ...regions(3), targets: TARGETS } },
  { name: 'one region', file: regions(1) },
  { name: 'two regions, a near and a far one', file: { regions: { near: at(3), far: at(262) } } },
  { name: 'forty regions', file: regions(40) },
];

/**
 * What the rules of a pglatency.yaml depend on.
 *
 * @throws ConfigError
 */
export function readFleet(path: string): RulesFleet {
  const file = loadFleet(path);
  return rulesFleetOf(file, file.fleet ?? DEFAULT_FLEET);
}

/** The same of what the file would hold. */
export function fleetOf(file: object): RulesFleet {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-fleet-'));
  try {
    const path = join(folder, 'pglatency.yaml');
    writeFileSync(path, JSON.stringify(file));
    return readFleet(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
