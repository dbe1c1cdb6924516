import type { Failure } from '../probe/results/result.js';
import { daysUntil } from './describe-opened.js';
import { explain, roundTripsOf } from './explain.js';
import { versionText } from './figures.js';
import type { Opened } from './pinger.js';
import { openedOf, type Report } from './report.js';
import { tallyOf } from './tally.js';

const DIGITS = 3;

/** Microseconds are what a clock here can tell. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Number(ms.toFixed(DIGITS));
}

/** All that was measured, for scripts; what was not measured is null. */
export function toJson(reports: readonly Report[], noun: string, nowMs: number) {
  return { operation: noun, targets: reports.map((report) => targetJson(report, noun, nowMs)) };
}

function targetJson(report: Report, noun: string, nowMs: number) {
  const { label, target, samples, reconnections } = report;
  const { host, port, user, database, tls } = target;
  const opened = openedOf(report);
  const { sent, answered, lost, statistics } = tallyOf(samples);
  const { min, p50, p95, max, stddev } = statistics;
  return {
    ...{ target: label, host, port, user, database },
    connection: opened === null ? null : connectionJson(opened, nowMs),
    failure: report.opened?.ok === false ? failureJson(report.opened) : null,
    samples: samples.map((sample) =>
      sample.ok
        ? { ms: rounded(sample.durationMs), failure: null }
        : { ms: null, failure: failureJson(sample) },
    ),
    reconnections,
    summary: {
      ...{ sent, answered, lost, min_ms: rounded(min), p50_ms: rounded(p50) },
      ...{ p95_ms: rounded(p95), max_ms: rounded(max), stddev_ms: rounded(stddev) },
    },
    round_trips: opened === null ? null : roundTripsOf(opened, tls, p50),
    connect_per_sample: opened === null || p50 === null ? null : rounded(opened.connectMs / p50),
    explanation: opened === null ? null : explain(opened, target, { queryMs: p50, noun }),
  };
}

function connectionJson(opened: Opened, nowMs: number) {
  const { facts, connectMs, addresses, failedAttempts, authentication, serverVersion } = opened;
  const { phases, address, tlsVersion, certificateNotAfterMs: notAfterMs } = facts;
  return {
    address,
    addresses,
    dns_ms: rounded(phases.dnsMs),
    tcp_ms: rounded(phases.tcpMs),
    tls_ms: rounded(phases.tlsMs),
    startup_ms: rounded(phases.startupMs),
    connect_ms: rounded(connectMs),
    tls_version: tlsVersion,
    certificate_not_after: notAfterMs === null ? null : new Date(notAfterMs).toISOString(),
    certificate_days_left: notAfterMs === null ? null : daysUntil(notAfterMs, nowMs),
    authentication,
    server_version: serverVersion === null ? null : versionText(serverVersion),
    pooler: opened.isPooler,
    failed_attempts: failedAttempts.map(failureJson),
  };
}

function failureJson({ reason, message }: Failure) {
  return { reason, message };
}
