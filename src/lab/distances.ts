import type { CatalogueCode } from '../regions.js';

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

/** How much a round trip of the lab varies, up and down: a hundredth, as on a quiet long path. */
export function jitterOf(rttMs: number): number {
  return rttMs / 100;
}
