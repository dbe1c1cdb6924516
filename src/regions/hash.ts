const UINT32 = 2 ** 32;

/**
 * A number from 0 to below 1 that follows from a text: FNV-1a
 * (https://datatracker.ietf.org/doc/html/draft-eastlake-fnv), mixed by MurmurHash3's last step so that texts that
 * differ in one character lie far from each other.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / UINT32;
}
