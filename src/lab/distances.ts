import { quantile } from '../probe/results/statistics.js';
import { kilometresBetween, type Coordinates } from '../regions/great-circle.js';
import { regionOf } from '../regions/regions.js';

/**
 * Round-trip times to a database in Ireland, in milliseconds: the read column of the table in docs/accuracy.md,
 * where a read was one round trip.
 */
const MEASURED_MS: Readonly<Record<string, number>> = {
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

/** Milliseconds by region. */
export type RoundTrips = Readonly<Record<string, number | undefined>>;

interface Given {
  /** What wins over what is known. */
  readonly rttMs: RoundTrips;
}
const NOTHING_GIVEN: Given = { rttMs: {} };

/** Beside the database. */
const WITHOUT_DISTANCE: readonly string[] = ['hub', 'local'];

/**
 * Between a region and the database, before anything slows it down: as given, as measured, or computed.
 * null: nobody knows where the region is.
 */
export function knownRoundTrip(code: string, { rttMs }: Given): number | null {
  const given = rttMs[code] ?? (WITHOUT_DISTANCE.includes(code) ? 0 : MEASURED_MS[code]);
  if (given !== undefined) return given;
  const place = coordinatesOf(code);
  return place === null ? null : rttOver(kilometresBetween(place, DUBLIN));
}

/** The same, of a region of a lab, whose round trip is known. */
export function roundTripOf(code: string, options = NOTHING_GIVEN): number {
  return knownRoundTrip(code, options) ?? 0;
}

/** How much a round trip of the lab varies, up and down: a hundredth, as on a quiet long path. */
export function jitterOf(rttMs: number): number {
  return rttMs / 100;
}

const DUBLIN: Coordinates = { latitude: 53.42, longitude: -6.27 };
/** In one city. */
const MIN_RTT_MS = 1;

function coordinatesOf(code: string): Coordinates | null {
  const { latitude, longitude } = regionOf(code);
  return latitude === null || longitude === null ? null : { latitude, longitude };
}

/** What the median of the ten paths to Ireland takes for its distance: some 20.9 ms for 1,000 km. */
export const MS_PER_KM = quantile(
  Object.entries(MEASURED_MS)
    .map(([code, ms]) => ms / kilometresBetween(coordinatesOf(code) ?? DUBLIN, DUBLIN))
    .sort((a, b) => a - b),
  0.5,
) as number;

/** Real paths differ by a third either way, because cables follow no great circle. */
function rttOver(kilometres: number): number {
  return Math.max(MIN_RTT_MS, Math.round(kilometres * MS_PER_KM * 100) / 100);
}

/**
 * The round-trip time between two regions, in milliseconds, computed: the great circle at the rate of the
 * measured paths to Ireland. Where a place is not known, by way of the database.
 */
export function rttBetween(a: string, b: string, options = NOTHING_GIVEN): number {
  const [placeA, placeB] = [coordinatesOf(a), coordinatesOf(b)];
  if (placeA === null || placeB === null) return roundTripOf(a, options) + roundTripOf(b, options);
  return rttOver(kilometresBetween(placeA, placeB));
}
