/** Where a region of a provider's is: degrees, ISO 3166-1 alpha-2. */
export interface Place {
  readonly code: string;
  /** A name for people. */
  readonly city: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
}

type Line = readonly [
  code: string,
  city: string,
  country: string,
  latitude: number,
  longitude: number,
];

/** A provider's regions, one a line: code, city, country, latitude, longitude. */
export function places(lines: readonly Line[]): readonly Place[] {
  return lines.map(([code, city, country, latitude, longitude]) => ({
    code,
    city,
    country,
    latitude,
    longitude,
  }));
}
