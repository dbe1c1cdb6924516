const REGIONAL_INDICATOR_A = 0x1f1e6;
const LETTER_A = 'A'.charCodeAt(0);

/** Unicode's code for a region that is not known, which has a name as well. */
const UNKNOWN = 'ZZ';
const COUNTRIES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Whether a text is the ISO 3166-1 alpha-2 code of a country. */
export function isCountry(text: string): boolean {
  return /^[A-Z]{2}$/.test(text) && text !== UNKNOWN && COUNTRIES.of(text) !== undefined;
}

/** A country's flag: its two letters as Unicode's regional indicators. */
export function flagOf(country: string): string {
  const points = Array.from(country, (letter) => letter.charCodeAt(0) - LETTER_A);
  return String.fromCodePoint(...points.map((place) => REGIONAL_INDICATOR_A + place));
}
