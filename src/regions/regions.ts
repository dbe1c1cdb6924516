/**
 * The catalogue of regions. To add one, add a line here: the schedule's second, the WireGuard
 * address and every list of regions follow from it.
 *
 * Codes are Fly.io's (https://fly.io/docs/reference/regions/), which are IATA airport codes; the
 * coordinates, in degrees, are those of the airports.
 */
export const CATALOGUE = [
  {
    code: 'gru',
    city: 'São Paulo',
    country: 'BR',
    flag: '🇧🇷',
    latitude: -23.43,
    longitude: -46.47,
    wireguardAddress: '10.50.1.1',
  },
  {
    code: 'iad',
    city: 'Virginia',
    country: 'US',
    flag: '🇺🇸',
    latitude: 38.94,
    longitude: -77.46,
    wireguardAddress: '10.50.2.1',
  },
  {
    code: 'ord',
    city: 'Chicago',
    country: 'US',
    flag: '🇺🇸',
    latitude: 41.98,
    longitude: -87.9,
    wireguardAddress: '10.50.2.2',
  },
  {
    code: 'lax',
    city: 'Los Angeles',
    country: 'US',
    flag: '🇺🇸',
    latitude: 33.94,
    longitude: -118.41,
    wireguardAddress: '10.50.2.3',
  },
  {
    code: 'lhr',
    city: 'London',
    country: 'GB',
    flag: '🇬🇧',
    latitude: 51.47,
    longitude: -0.46,
    wireguardAddress: '10.50.3.1',
  },
  {
    code: 'fra',
    city: 'Frankfurt',
    country: 'DE',
    flag: '🇩🇪',
    latitude: 50.03,
    longitude: 8.57,
    wireguardAddress: '10.50.3.2',
  },
  {
    code: 'cdg',
    city: 'Paris',
    country: 'FR',
    flag: '🇫🇷',
    latitude: 49.01,
    longitude: 2.55,
    wireguardAddress: '10.50.3.3',
  },
  {
    code: 'nrt',
    city: 'Tokyo',
    country: 'JP',
    flag: '🇯🇵',
    latitude: 35.76,
    longitude: 140.39,
    wireguardAddress: '10.50.4.1',
  },
  {
    code: 'sin',
    city: 'Singapore',
    country: 'SG',
    flag: '🇸🇬',
    latitude: 1.35,
    longitude: 103.99,
    wireguardAddress: '10.50.4.2',
  },
  {
    code: 'syd',
    city: 'Sydney',
    country: 'AU',
    flag: '🇦🇺',
    latitude: -33.95,
    longitude: 151.18,
    wireguardAddress: '10.50.4.3',
  },
] as const;

export type CatalogueCode = (typeof CATALOGUE)[number]['code'];

/** A catalogue region, `hub` (a backend beside the database) or `local` (anywhere else). */
export type RegionCode = CatalogueCode | 'hub' | 'local';

export interface Region {
  readonly code: RegionCode;
  /** A name for people. */
  readonly city: string;
  /** ISO 3166-1 alpha-2; null for `hub` and `local`, which can stand anywhere. */
  readonly country: string | null;
  /** The country's flag, or an empty string. */
  readonly flag: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** The region's address inside the tunnel; null for a region without a tunnel of its own. */
  readonly wireguardAddress: string | null;
}

const NOWHERE = { country: null, flag: '', latitude: null, longitude: null } as const;

const REGIONS: readonly Region[] = [
  ...CATALOGUE,
  { code: 'hub', city: 'Database hub', ...NOWHERE, wireguardAddress: '10.50.0.1' },
  { code: 'local', city: 'Local', ...NOWHERE, wireguardAddress: null },
];

/** Every code that a backend may carry, in the catalogue's order, then `hub` and `local`. */
export const REGION_CODES: readonly RegionCode[] = REGIONS.map(({ code }) => code);

/** The ten regions' codes, in the catalogue's order. */
export const CATALOGUE_CODES: readonly CatalogueCode[] = CATALOGUE.map(({ code }) => code);

/** The region with this code, or undefined. */
export function findRegion(code: string): Region | undefined {
  return REGIONS.find((region) => region.code === code);
}

/** The region with this code, which is known to exist. */
export function regionOf(code: RegionCode): Region {
  return findRegion(code) as Region;
}
