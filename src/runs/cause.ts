import type { Cause } from '../api/normal-answer.js';

/** Of the added time, in ping's share: below it is the database, above it the path. */
const DATABASE_UP_TO = 0.3;
const PATH_FROM = 0.7;

/**
 * A ping takes the path and an idle answer of the database, so what slows it down slows the path.
 *
 * @param addedMs what the operation takes more than normally
 * @param addedToPingMs what a ping does; null: it was not measured.
 * @returns null when nothing can be said.
 */
export function causeOf(addedMs: number, addedToPingMs: number | null): Cause | null {
  if (addedToPingMs === null || addedMs <= 0) return null;
  const share = addedToPingMs / addedMs;
  if (share >= PATH_FROM) return 'path';
  return share <= DATABASE_UP_TO ? 'database' : 'both';
}
