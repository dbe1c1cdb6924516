/** The starts of one tick all lie within this share of the time until the next one… */
const SHARE_OF_INTERVAL = 0.25;
/** …and no further apart than this, in milliseconds. */
const MAX_SPACING_MS = 1_000;

/**
 * How long after the tick the target in this place, from 0, starts its run, in milliseconds: one after the
 * other, so that one's new connection does not stand before another's answer in the queue.
 */
export function startOffsetMs(place: number, targets: number, untilNextTickMs: number): number {
  const spacingMs = Math.min(MAX_SPACING_MS, (untilNextTickMs * SHARE_OF_INTERVAL) / targets);
  return Math.floor(place * spacingMs);
}
