import { describe, expect, it } from 'vitest';
import type { RunResult } from '../probe/results/result.js';
import { benchmarkAnswer, runSummary } from '../api/answers.js';
import { toBenchmarkAnswer, toRunSummary } from './summaries.js';

const attempt = (address: string, reason: 'timeout' | 'unreachable') =>
  ({ ok: false, reason, message: `${address}: ${reason}` }) as const;

const run: RunResult = {
  target: 'primary',
  trigger: 'schedule',
  iterations: 1,
  startedAt: Date.parse('2026-08-01T12:00:00Z'),
  durationMs: 500,
  outcome: 'success',
  samples: { connect: [{ ok: true, durationMs: 80 }] },
  connection: {
    phases: { dnsMs: null, tcpMs: 10, tlsMs: 30, startupMs: 40 },
    address: '192.0.2.7',
    tlsVersion: 'TLSv1.3',
    certificateNotAfterMs: Date.parse('2026-11-12T08:30:00Z'),
  },
  failedAttempts: [
    attempt('192.0.2.5', 'timeout'),
    attempt('2001:db8::5', 'unreachable'),
    attempt('192.0.2.6', 'timeout'),
  ],
  pooler: true,
  tableRows: null,
  replica: null,
  retentionFailure: null,
};

const report = {
  connection: {
    ...{ dns_ms: null, tcp_ms: 10, tls_ms: 30, startup_ms: 40 },
    ...{ address: '192.0.2.7', tls_version: 'TLSv1.3' },
    certificate_not_after: '2026-11-12T08:30:00Z',
  },
  pooler: true,
  failed_attempts: [
    { reason: 'timeout', count: 2, message: '192.0.2.6: timeout' },
    { reason: 'unreachable', count: 1, message: '2001:db8::5: unreachable' },
  ],
};
const nothing = { connection: null, pooler: false, failed_attempts: [] };

describe.each([
  ['a scheduled run', (result: RunResult) => toRunSummary(result, 'db.example'), runSummary],
  ['a benchmark', (result: RunResult) => toBenchmarkAnswer(result, 'lhr', 'db'), benchmarkAnswer],
] as const)("%s's answer", (_, answerOf, schema) => {
  it('has the phases, the address, the certificate and the addresses that failed', () => {
    expect(schema.strict().parse(answerOf(run))).toMatchObject(report);
  });

  it('says null and not 0 of a connection that failed', () => {
    const failed = { ...run, connection: null, failedAttempts: [], pooler: false };
    expect(answerOf(failed)).toMatchObject(nothing);
  });

  it('can be read from a backend that does not know these fields yet', () => {
    const { connection, pooler, failed_attempts, ...old } = answerOf(run);
    expect(schema.parse(old)).toMatchObject(nothing);
  });
});

it('a connection without TLS has neither a version nor a date', () => {
  const plain = {
    ...{ phases: { dnsMs: 1, tcpMs: 0.1, tlsMs: null, startupMs: 2 }, address: null },
    ...{ tlsVersion: null, certificateNotAfterMs: null },
  };
  expect(toRunSummary({ ...run, connection: plain }, 'db').connection).toEqual({
    ...{ dns_ms: 1, tcp_ms: 0.1, tls_ms: null, startup_ms: 2 },
    ...{ address: null, tls_version: null, certificate_not_after: null },
  });
});
