import { describe, expect, it } from 'vitest';
import { latestAnswer, type LatestAnswer } from '../api/answers.js';
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

describe("a target's connection", () => {
  const facts = {
    ...{ dns_ms: 1, tcp_ms: 198, tls_ms: null, startup_ms: 400 },
    ...{ address: '192.0.2.7', tls_version: null, certificate_not_after: null },
  };
  const failure = { reason: 'auth', count: 1, message: 'wrong password' };
  /** The primary's reading, of a run with these fields. */
  const readingWith = (fields: object, elapsedMs = 0) => {
    const answer = latestOf('gru', 198);
    const runs = answer.runs.map((run) => ({ ...run, ...fields }));
    return readsAfter(latestAnswer.parse({ ...answer, runs }), elapsedMs).targets[0];
  };

  it('is what its backend says of it', () => {
    const failed_attempts = [failure];
    const report = { connection: facts, pooler: true, failed_attempts };
    expect(readingWith(report)).toMatchObject({ ...report, connect_failure: null });
  });

  it('is absent, with the reason, when it failed', () => {
    const [run] = latestOf('gru', 198).runs;
    const operations = { ...run?.operations, connect: { ...run?.operations.connect } };
    Object.assign(operations.connect, { count: 0, p50_ms: null, failures: [failure] });
    expect(readingWith({ operations })).toMatchObject({
      ...{ connection: null, connect_failure: failure },
    });
  });

  it('goes with the other figures when it is too old', () => {
    const minutes = 60 * SECOND;
    expect(readingWith({ connection: facts }, 2 * minutes)?.connection).toEqual(facts);
    expect(readingWith({ connection: facts }, 10 * minutes)?.connection).toBeNull();
  });

  it('is cut to a line where a stranger makes it long', () => {
    const long = `a\n${'b'.repeat(1_000)}`;
    const reading = readingWith({
      connection: { ...facts, address: long, tls_version: long },
      failed_attempts: Array.from({ length: 100 }, () => ({ ...failure, message: long })),
    });
    const texts = [reading?.connection?.address, reading?.connection?.tls_version];
    for (const text of [...texts, reading?.failed_attempts[0]?.message]) {
      expect(text).toMatch(/^a b{198}…$/);
    }
    expect(reading?.failed_attempts.length).toBe(20);
  });
});
