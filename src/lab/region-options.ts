import { CATALOGUE_CODES, type CatalogueCode } from '../regions/regions.js';

/** The longest round trip that a relay may add. */
export const MAX_RTT_MS = 5_000;

/**
 * ` lhr` → `lhr`.
 *
 * @throws Error naming the value and what is allowed.
 */
export function parseRegion(text: string): CatalogueCode {
  const code = CATALOGUE_CODES.find((known) => known === text.trim());
  if (code !== undefined) return code;
  throw new Error(`"${text}" is not a region; allowed: ${CATALOGUE_CODES.join(', ')}`);
}
