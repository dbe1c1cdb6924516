import { quantile } from '../probe/results/statistics.js';
import {
  CATALOGUE_CODES,
  regionOf,
  type CatalogueCode,
  type RegionCode,
} from '../regions/regions.js';
import type { LabOptions } from './options.js';

/**
 * Round-trip times to a database in Ireland, in milliseconds: the read column of the table that the
 * original published, whose read was one round trip.
 */
export const RTT_MS: Readonly<Record<CatalogueCode, number>> = {
  gru: 197.72,
  iad: 86.1,
  ord: 121.68,
  lax: 138.19,
  lhr: 11.89,
  fra: 26.69,
  cdg: 18.48,
  nrt: 261.36,
  sin: 165.96,
  syd: 268.85,
};

/** Between a region and the database, before anything slows it down. */
export function roundTripOf(code: RegionCode, { rttMs }: Pick<LabOptions, 'rttMs'>): number {
  return code === 'hub' || code === 'local' ? 0 : (rttMs[code] ?? RTT_MS[code]);
}

/** How much a round trip of the lab varies, up and down: a hundredth, as on a quiet long path. */
export function jitterOf(rttMs: number): number {
  return rttMs / 100;
}

/** A place, in degrees. */
interface Place {
  readonly latitude: number | null;
  readonly longitude: number | null;
}

const DUBLIN: Place = { latitude: 53.42, longitude: -6.27 };
const EARTH_RADIUS_KM = 6_371;
/** In one city. */
const MIN_RTT_MS = 1;

/** Great-circle distance, by the haversine formula (R. W. Sinnott, Sky & Telescope 68, 1984). */
function kilometresBetween(a: Place, b: Place): number {
  const [latA, lonA, latB, lonB] = [a.latitude, a.longitude, b.latitude, b.longitude].map(
    (degrees) => ((degrees ?? NaN) * Math.PI) / 180,
  ) as [number, number, number, number];
  const haversine =
    Math.sin((latB - latA) / 2) ** 2 +
    Math.cos(latA) * Math.cos(latB) * Math.sin((lonB - lonA) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(haversine));
}

/** What the median of the ten paths to Ireland takes for its distance: some 20.9 ms for 1,000 km. */
export const MS_PER_KM = quantile(
  CATALOGUE_CODES.map((code) => RTT_MS[code] / kilometresBetween(regionOf(code), DUBLIN)).sort(
    (a, b) => a - b,
  ),
  0.5,
) as number;

/**
 * The round-trip time between two regions, in milliseconds, computed: the great circle at the rate of the
 * measured paths to Ireland. Real ones differ by a third either way, because cables follow no great circle.
 */
export function rttBetween(a: CatalogueCode, b: CatalogueCode): number {
  const ms = kilometresBetween(regionOf(a), regionOf(b)) * MS_PER_KM;
  return Math.max(MIN_RTT_MS, Math.round(ms * 100) / 100);
}
