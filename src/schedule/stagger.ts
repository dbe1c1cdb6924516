import { CATALOGUE_CODES, type RegionCode } from '../regions/regions.js';

const SECONDS_IN_MINUTE = 60;

/**
 * The second of the minute, 0 to 59, at which a region starts its runs: the catalogue spread evenly
 * over the minute, so that the regions do not meet at the database. `hub` and `local` lie halfway
 * between two of them.
 */
export function staggerSecond(region: RegionCode): number {
  const spacing = Math.floor(SECONDS_IN_MINUTE / CATALOGUE_CODES.length);
  const place = CATALOGUE_CODES.findIndex((code) => code === region);
  return place === -1 ? Math.floor(spacing / 2) : place * spacing;
}

/**
 * The six-field cron expression by which a region runs. Five fields get the region's second in front;
 * six say their own.
 */
export function staggeredCron(cron: string, stagger: boolean, region: RegionCode): string {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) return cron;
  return [stagger ? staggerSecond(region) : 0, ...fields].join(' ');
}
