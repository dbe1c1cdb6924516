import { expect, test } from 'vitest';
import { fuzzServerSide } from '../../benchmarks/server-fuzz/fuzz.js';

/** The short form of `npm run fuzz:server`. */
const SEED = 12;
const CONVERSATIONS = 400;

test('servers that answer wrongly end the thread, take memory or cost a healthy target a run', async () => {
  const report = await fuzzServerSide({ seed: SEED, conversations: CONVERSATIONS });
  expect(report.faults).toEqual([]);
  expect(report.conversations).toBeGreaterThanOrEqual(CONVERSATIONS);
  expect(report.peakMib).toBeLessThan(200);
  expect(report.runs).toBeGreaterThan(0);
}, 90_000);
