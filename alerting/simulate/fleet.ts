import { CATALOGUE_CODES } from '../../src/regions/regions.js';
import { loadRules } from '../rules.js';
import type { RegionModel } from './traffic.js';

/** The ten regions at the distances that expected-regions.yml names. @throws where one is missing */
export function defaultFleet(): RegionModel[] {
  const rules = loadRules().filter(({ record }) => record?.startsWith('region:pglatency_expected'));
  return CATALOGUE_CODES.map((region) => {
    const seconds = /vector\(([\d.]+)\)/.exec(
      rules.find(({ labels }) => labels['region'] === region)?.expr ?? '',
    )?.[1];
    if (!seconds) throw new Error(`expected-regions.yml does not list ${region}`);
    return { region, roundTripMs: Number(seconds) * 1_000 };
  });
}
