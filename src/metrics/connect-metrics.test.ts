import { expect, test } from 'vitest';
import { parseExposition, valueOf } from '../../test/helpers/exposition.js';
import {
  ATTEMPT_REASONS,
  type ConnectPhases,
  type FailureReason,
  type RunResult,
} from '../probe/results/result.js';
import { regionOf } from '../regions/regions.js';
import { BUILT_IN_OPERATIONS } from '../config/target.js';
import { createMetrics, type Metrics } from './metrics.js';
import { METRICS } from './names.js';

const phases: ConnectPhases = { dnsMs: 2, tcpMs: 10, tlsMs: 30, startupMs: 40 };
const connection = {
  phases,
  address: '192.0.2.7',
  tlsVersion: 'TLSv1.3',
  certificateNotAfterMs: 1_800_000_000_000,
};
const run: RunResult = {
  target: 'primary',
  trigger: 'schedule',
  iterations: 1,
  startedAt: 0,
  durationMs: 100,
  outcome: 'success',
  samples: { connect: [{ ok: true, durationMs: 80 }] },
  connection,
  failedAttempts: [],
  pooler: false,
  tableRows: null,
  replica: null,
  retentionFailure: null,
};
const failed: RunResult = {
  ...run,
  outcome: 'partial',
  samples: { connect: [{ ok: false, reason: 'auth', message: 'no' }] },
  connection: null,
};
const attempt = (reason: FailureReason) => ({ ok: false, reason, message: 'no' }) as const;

const target = (name: string) => ({
  ...{
    name,
    mode: 'read-write' as const,
    operations: BUILT_IN_OPERATIONS,
    queries: [],
    replicaOf: null,
  },
});

function metricsAfter(...runs: RunResult[]): Metrics {
  const metrics = createMetrics({
    fleet: 'pglatency',
    ...{ region: regionOf('lhr'), targets: [target('primary')], version: '0', revision: null },
  });
  for (const each of runs) metrics.observeRun(each);
  return metrics;
}

/** Each value of a label with its series' value; those that are absent are left out. */
async function by(label: string, metrics: Metrics, name: string): Promise<Record<string, number>> {
  const series = parseExposition(await metrics.render()).filter((it) => it.name === name);
  return Object.fromEntries(series.map((it) => [it.labels[label] ?? '', it.value]));
}

const certificateOf = async (metrics: Metrics) =>
  valueOf(parseExposition(await metrics.render()), METRICS.certificateNotAfter.name);

const SUM = `${METRICS.connectPhase.name}_sum`;
const COUNT = `${METRICS.connectPhase.name}_count`;
const LAST = METRICS.lastRunConnectPhase.name;
const FAILURES = METRICS.connectAttemptFailures.name;

test('sums and counts begin at zero, and what no run has shown is absent', async () => {
  const metrics = metricsAfter();
  const zeros = { dns: 0, tcp: 0, tls: 0, startup: 0 };
  expect(await by('phase', metrics, SUM)).toEqual(zeros);
  expect(await by('phase', metrics, COUNT)).toEqual(zeros);
  expect(await by('reason', metrics, FAILURES)).toEqual(
    Object.fromEntries(ATTEMPT_REASONS.map((reason) => [reason, 0])),
  );
  expect(await by('phase', metrics, LAST)).toEqual({});
  expect(await certificateOf(metrics)).toBeUndefined();
});

test('the phases of two connections add up, and the latest is shown by itself', async () => {
  const plain = { ...phases, dnsMs: null, tlsMs: null, tcpMs: 20 };
  const metrics = metricsAfter(run, { ...run, connection: { ...connection, phases: plain } });
  expect(await by('phase', metrics, COUNT)).toEqual({ dns: 1, tcp: 2, tls: 1, startup: 2 });
  expect(await by('phase', metrics, SUM)).toEqual({
    dns: 0.002,
    tcp: 0.03,
    tls: 0.03,
    startup: 0.08,
  });
  expect(await by('phase', metrics, LAST)).toEqual({ tcp: 0.02, startup: 0.04 });
});

test('a failed connection has no phase, and leaves the date of the certificate', async () => {
  const metrics = metricsAfter(run, failed);
  expect(await by('phase', metrics, LAST)).toEqual({});
  expect(await by('phase', metrics, COUNT)).toEqual({ dns: 1, tcp: 1, tls: 1, startup: 1 });
  expect(await certificateOf(metrics)).toBe(1_800_000_000);
});

test('a connection without TLS has no certificate, also after one with TLS', async () => {
  const plain = { ...connection, tlsVersion: null, certificateNotAfterMs: null };
  expect(await certificateOf(metricsAfter(run, { ...run, connection: plain }))).toBeUndefined();
});

test('addresses that failed are counted by reason, whether another answered or not', async () => {
  const failedAttempts = [attempt('timeout'), attempt('timeout'), attempt('unreachable')];
  const metrics = metricsAfter({ ...run, failedAttempts }, { ...failed, failedAttempts });
  expect(await by('reason', metrics, FAILURES)).toEqual({
    ...Object.fromEntries(ATTEMPT_REASONS.map((reason) => [reason, 0])),
    ...{ timeout: 4, unreachable: 2 },
  });
});

test.each([{ outcome: 'aborted' } as const, { trigger: 'request' } as const])(
  'a run with %o enters none',
  async (change) => {
    const metrics = metricsAfter({ ...run, failedAttempts: [attempt('refused')], ...change });
    expect(await by('reason', metrics, FAILURES)).toMatchObject({ refused: 0 });
    expect(await by('phase', metrics, COUNT)).toMatchObject({ tcp: 0 });
    expect(await by('phase', metrics, LAST)).toEqual({});
    expect(await certificateOf(metrics)).toBeUndefined();
  },
);

test('a target that goes takes its series with it, and comes again at zero', async () => {
  // A reason that no attempt should have is counted, and goes too.
  const metrics = metricsAfter({ ...run, failedAttempts: [attempt('auth')] });
  expect(await by('reason', metrics, FAILURES)).toMatchObject({ auth: 1 });
  metrics.replaceTargets([target('other')]);
  expect(await metrics.render()).not.toContain('"primary"');
  metrics.replaceTargets([target('primary')]);
  expect(await by('phase', metrics, COUNT)).toEqual({ dns: 0, tcp: 0, tls: 0, startup: 0 });
  expect(await by('reason', metrics, FAILURES)).not.toHaveProperty('auth');
});

test('a target whose runs measure no connection has none of these series', async () => {
  const metrics = metricsAfter();
  metrics.replaceTargets([{ ...target('primary'), operations: ['ping'] }]);
  metrics.observeRun(run);
  const text = await metrics.render();
  for (const { name } of [METRICS.connectPhase, METRICS.lastRunConnectPhase]) {
    expect(parseExposition(text).filter((it) => it.name.startsWith(name))).toEqual([]);
  }
});
