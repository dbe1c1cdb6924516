import { DEFAULT_FLEET_CODES } from '../../src/regions/default-fleet.js';
import { loadRules } from '../rules.js';
import type { RegionModel } from './traffic.js';

/**
 * The ten regions at the distances that expected-regions.yml names, or at these round trips in turn.
 *
 * @throws where one is missing
 */
export function defaultFleet(roundTripsMs: readonly number[] = []): RegionModel[] {
  const rules = loadRules().filter(({ record }) => record?.startsWith('region:pglatency_expected'));
  return DEFAULT_FLEET_CODES.map((region, index) => {
    const seconds = /vector\(([\d.]+)\)/.exec(
      rules.find(({ labels }) => labels['region'] === region)?.expr ?? '',
    )?.[1];
    if (!seconds) throw new Error(`expected-regions.yml does not list ${region}`);
    const given = roundTripsMs[index % roundTripsMs.length];
    return { region, roundTripMs: given ?? Number(seconds) * 1_000 };
  });
}
