import { describe, expect, it } from 'vitest';
import { latestAnswer, type LatestAnswer } from '../http/answers.js';
import { latestOf } from '../../test/helpers/strange-peer.js';
import { linesAt, linesOfLatest, type TargetLine } from './peer-state.js';
import { readsOf } from './region-reads.js';

const SECOND = 1_000;

/** A backend's answer: its primary and a replica, each with the age of its latest run. */
function latest(
  primary: { readMs: number; ageMs?: number },
  replica: { readMs: number; ageMs?: number } | null,
): LatestAnswer {
  const answer = latestOf('gru', primary.readMs, primary.ageMs);
  const far = latestOf('gru', replica?.readMs ?? 0, replica?.ageMs);
  const figures = { replication_lag_ms: 12, visibility_delay_ms: 140, visibility_failure: null };
  const run = { ...far.runs[0], target: 'virginia', replica: figures };
  return latestAnswer.parse({
    ...answer,
    targets: [
      { target: 'virginia', mode: 'read-only' },
      { target: 'primary', mode: 'read-write' },
    ],
    runs: replica === null ? answer.runs : [run, ...answer.runs],
  });
}

function readsAfter(answer: LatestAnswer, elapsedMs = 0, error: string | null = null) {
  const lines = linesAt({ lines: linesOfLatest(answer), atMs: 0 }, elapsedMs, error);
  return readsOf(lines as [TargetLine, ...TargetLine[]]);
}

describe('where a region reads', () => {
  it('is from the fastest target, whatever the order of the configuration', () => {
    expect(readsAfter(latest({ readMs: 198 }, { readMs: 120 }))).toMatchObject({
      region: 'gru',
      primary: 'primary',
      fastest: 'virginia',
      gain_ms: 78,
      gain_percent: 39.4,
      targets: [
        { target: 'primary', mode: 'read-write', state: 'ok', replication_lag_ms: null },
        {
          ...{ target: 'virginia', mode: 'read-only', read_p50_ms: 120 },
          ...{ replication_lag_ms: 12, visibility_delay_ms: 140 },
        },
      ],
    });
  });

  it('does not count a replica whose latest run is old, and does not hide it', () => {
    const reads = readsAfter(latest({ readMs: 198 }, { readMs: 120, ageMs: 200 * SECOND }));
    expect(reads).toMatchObject({ fastest: 'primary', gain_ms: 0 });
    expect(reads.targets[1]).toMatchObject({ state: 'stale', read_p50_ms: 120 });
    const older = readsAfter(latest({ readMs: 198 }, { readMs: 120, ageMs: 300 * SECOND }));
    expect(older.targets[1]).toMatchObject({
      ...{ state: 'failing', read_p50_ms: null },
      ...{ replication_lag_ms: null, visibility_delay_ms: null },
    });
  });

  it('states no gain over a primary whose latest run is old', () => {
    const reads = readsAfter(latest({ readMs: 198, ageMs: 200 * SECOND }, { readMs: 120 }));
    expect(reads).toMatchObject({ fastest: 'virginia', gain_ms: null, gain_percent: null });
  });

  it('is nowhere when the backend does not answer any more', () => {
    const reads = readsAfter(latest({ readMs: 198 }, { readMs: 120 }), 5 * SECOND, 'gone');
    expect(reads).toMatchObject({ fastest: null, gain_ms: null });
  });

  it('lists a target that had no run yet', () => {
    const reads = readsAfter(latest({ readMs: 198 }, null));
    expect(reads).toMatchObject({ fastest: 'primary', gain_ms: 0 });
    expect(reads.targets[1]).toMatchObject({
      ...{ target: 'virginia', state: 'waiting', read_p50_ms: null, error: 'no run yet' },
    });
  });

  it('knows the targets of a backend that does not list them', () => {
    const { targets, ...answer } = latest({ readMs: 198 }, { readMs: 120 });
    expect(readsAfter(answer)).toMatchObject({ primary: 'primary', fastest: 'virginia' });
    expect(targets).toHaveLength(2);
  });

  it('lists no target for a backend without a database', () => {
    const reads = readsAfter({ ...latest({ readMs: 198 }, null), targets: [], runs: [] });
    expect(reads).toMatchObject({ region: 'gru', targets: [], fastest: null, gain_ms: null });
  });
});
