import { expect, test } from 'vitest';
import { latestAnswer } from '../api/answers.js';
import { latestOf } from '../../test/helpers/strange-peer.js';
import { linesAt, linesOfLatest } from './peer-state.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Times are milliseconds from the answer on. */
function stateOf(plan: { ranMs: number; plannedMs: number[]; nextMs: number }, silentMs = 0) {
  const answer = latestOf('nrt', 261, -plan.ranMs);
  const at = (ms: number) => new Date(Date.parse(answer.timestamp) + ms).toISOString();
  const latest = latestAnswer.parse({
    ...answer,
    next_run: at(plan.nextMs),
    planned_runs: plan.plannedMs.map(at),
  });
  const error = silentMs === 0 ? null : 'connection refused';
  return linesAt({ lines: linesOfLatest(latest), atMs: 0 }, silentMs, error)[0]?.state;
}

test('a schedule that rests for a weekend is neither stale nor failing', () => {
  const friday = -60 * HOUR;
  const plannedMs = [friday - MINUTE, friday];
  expect(stateOf({ ranMs: friday + 1_000, plannedMs, nextMs: HOUR })).toBe('ok');
  // The first run of Monday is under way.
  const monday = [...plannedMs, -5_000];
  expect(stateOf({ ranMs: friday + 1_000, plannedMs: monday, nextMs: MINUTE })).toBe('ok');
});

test.each([
  ['ok', [-90_000, -30_000].slice(1)],
  ['stale', [-90_000, -30_000]],
  ['failing', [-210_000, -150_000, -90_000, -30_000]],
])('a schedule whose planned runs come to nothing is %s', (state, plannedMs) => {
  expect(stateOf({ ranMs: -250_000, plannedMs, nextMs: 30_000 })).toBe(state);
});

test('a peer that ends is stale until runs of its plan are missing, then failing', () => {
  const plan = { ranMs: -30_000, plannedMs: [-31_000], nextMs: 29_000 };
  expect(stateOf(plan, MINUTE)).toBe('stale');
  expect(stateOf(plan, 5 * MINUTE)).toBe('failing');
});
