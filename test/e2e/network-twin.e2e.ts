import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.js';
import { HANDSHAKE, skipped, startTenRegions, type TenRegions } from './ten-regions.js';

describe.skipIf(skipped)('ten regions, one of them twice', () => {
  let regions: TenRegions;
  beforeAll(async () => {
    regions = await startTenRegions();
    return regions.stop;
  });

  it('two machines with one identity: handshakes many times as often', async () => {
    /** How many there were in that time, or before it ended if there were enough. */
    const handshakes = async (code: string, seconds: number, enough = Infinity) => {
      const seen = new Set<number>();
      const end = Date.now() + seconds * 1_000;
      await until(
        async () => {
          const at = await regions.region(code).metric(HANDSHAKE);
          if (at !== undefined) seen.add(at);
          return seen.size >= enough || Date.now() > end;
        },
        { what: 'the time', withinMs: seconds * 1_000 + 10_000, everyMs: 1_000 },
      );
      return seen.size;
    };
    // The latest that there was, and then one in WireGuard's REKEY_AFTER_TIME of 120 s: three in 150 s.
    const alone = await handshakes('cdg', 30);
    const twin = await regions.startTwin('cdg');
    await twin.up();
    const since = Date.now();
    const together = await handshakes('cdg', 150, 5);
    const seconds = Math.round((Date.now() - since) / 1_000);
    console.log(`handshakes seen: ${alone} in 30 s alone, ${together} in ${seconds} s with a twin`);
    expect(alone).toBeLessThanOrEqual(2);
    expect(together).toBe(5);
  });
});
