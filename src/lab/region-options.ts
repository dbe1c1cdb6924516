import { isRegionCode, REGION_FORM } from '../regions/regions.js';

/** The longest round trip that a relay may add. */
export const MAX_RTT_MS = 5_000;

/**
 * ` lhr` → `lhr`.
 *
 * @throws Error naming the value and what is allowed.
 */
export function parseRegion(text: string): string {
  const code = text.trim();
  if (isRegionCode(code)) return code;
  throw new Error(`${JSON.stringify(text)} is not ${REGION_FORM}`);
}
