import { findPlace } from './catalogue.js';
import { flagOf } from './flag.js';

/** What a region may be called, in a label, a path and a file's name. */
const CODE = /^[a-z0-9][a-z0-9-]{0,30}$/;
/** Means every region where one can be chosen. */
const RESERVED = 'all';

export const REGION_FORM =
  'a region: 1 to 31 lower-case letters, digits and -, the first no -, such as eu-west-1; not "all"';

export interface Region {
  readonly code: string;
  /** A name for people; the code where nobody knows better. */
  readonly city: string;
  /** ISO 3166-1 alpha-2; null: not known, or it can stand anywhere. */
  readonly country: string | null;
  /** The country's flag, or an empty string. */
  readonly flag: string;
  /** Degrees. */
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** Codes without a place: a backend beside the database, and one that does not say where it is. */
const WITHOUT_PLACE: Readonly<Record<string, string>> = { hub: 'Database hub', local: 'Local' };

/** Whether a region may be called so; REGION_FORM says what is allowed. */
export function isRegionCode(text: string): boolean {
  return CODE.test(text) && text !== RESERVED;
}

/** The region with this code, with what the catalogue knows of it. */
export function regionOf(code: string): Region {
  const place = findPlace(code);
  if (place !== undefined) return { ...place, flag: flagOf(place.country) };
  const city = Object.hasOwn(WITHOUT_PLACE, code) ? WITHOUT_PLACE[code] : undefined;
  return { code, city: city ?? code, country: null, flag: '', latitude: null, longitude: null };
}
