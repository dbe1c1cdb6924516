import { LIMITS } from './limits.js';
import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { OF_TARGET, sentences, TARGET, value } from './text.js';

const KNOWN = 'region:pglatency_certificate_end_timestamp_seconds:known';
const EARLIEST = 'target:pglatency_certificate_end_timestamp_seconds:min';

/** The certificate in words, with how many of the regions see it. */
const certificate = (ends: string, what: string) =>
  sentences(
    'First renew it on the server, and reload the server. Open connections stay open.',
    `It ${ends} on {{ $value | humanizeTimestamp }}. ${what}`,
    `Regions that see this certificate: ${value(`count by (fleet, target) (${KNOWN}{} == on (fleet, target) group_left () ${EARLIEST})`, OF_TARGET, null)} of ${value(`count by (fleet, target) (${KNOWN}{})`, OF_TARGET, null)}.`,
  );

const AFTER =
  'After that, clients that verify it (sslmode verify-ca or verify-full) cannot open new connections.';

export const certificateRules = ({ hours }: Plan): Rule[] => [
  {
    record: 'region:pglatency_certificate_end_timestamp_seconds:seen',
    expr: `min by (fleet, target, region) (pglatency_tls_certificate_not_after_timestamp_seconds)`,
  },
  {
    why: `The earliest end of the last hour. So a restart, after which nothing is known until the first run, does not
      end the alert, nor does a load balancer that shows another certificate each time.
      
      Once a certificate has ended, a client that verifies it cannot connect and sees no certificate.
      So the last one that was seen counts for three days, while the target is measured and nothing connects.`,
    record: 'region:pglatency_certificate_end_timestamp_seconds:known',
    expr: `
      min_over_time(region:pglatency_certificate_end_timestamp_seconds:seen[${hours(1, 3)}])
      or
      (
        last_over_time(region:pglatency_certificate_end_timestamp_seconds:seen[3d])
        and on (fleet, target, region) last_over_time(pglatency_runs_total{trigger="schedule", outcome="failure"}[${hours(0.25, 2)}])
        unless on (fleet, target, region)
        sum by (fleet, target, region) (increase(pglatency_operations_total{operation="connect", outcome="success"}[${hours(1, 3)}])) > 0
      )`,
  },
  {
    record: 'target:pglatency_certificate_end_timestamp_seconds:min',
    expr: `min by (fleet, target) (region:pglatency_certificate_end_timestamp_seconds:known)`,
  },
  {
    alert: 'PglatencyCertificateExpired',
    expr: `target:pglatency_certificate_end_timestamp_seconds:min <= time()`,
    for: '5m',
    severity: 'page',
    operation: 'connect',
    summary: `${TARGET}: the TLS certificate has expired`,
    description: certificate(
      'ended',
      'Clients that verify it (sslmode verify-ca or verify-full) cannot open new connections. Open ones still work.',
    ),
    scope: 'target',
  },
  {
    alert: 'PglatencyCertificateEnds',
    expr: `target:pglatency_certificate_end_timestamp_seconds:min < time() + ${LIMITS.certificatePageDays} * 86400`,
    for: '15m',
    severity: 'page',
    operation: 'connect',
    summary: `${TARGET}: the TLS certificate ends in less than ${LIMITS.certificatePageDays} days`,
    description: certificate('ends', AFTER),
    scope: 'target',
  },
  {
    alert: 'PglatencyCertificateEndsSoon',
    expr: `target:pglatency_certificate_end_timestamp_seconds:min < time() + ${LIMITS.certificateTicketDays} * 86400`,
    for: '30m',
    severity: 'ticket',
    operation: 'connect',
    summary: `${TARGET}: the TLS certificate ends in less than ${LIMITS.certificateTicketDays} days`,
    description: certificate('ends', AFTER),
    scope: 'target',
  },
];
