import type { Rule } from './rule.js';

export const certificateRules = (): Rule[] => [
  {
    record: 'region:pglatency_certificate_end_timestamp_seconds:seen',
    expr: `min by (target, region) (pglatency_tls_certificate_not_after_timestamp_seconds)`,
  },
  {
    why: `The earliest end of the last hour. It bridges a restart, after which nothing is known until the
      first run, and it holds when a load balancer shows another certificate each time.
      
      Once a certificate has ended, a client that verifies it cannot connect and sees no certificate.
      So the last one that was seen counts for three days, while the target is measured and nothing connects.`,
    record: 'region:pglatency_certificate_end_timestamp_seconds:known',
    expr: `
      min_over_time(region:pglatency_certificate_end_timestamp_seconds:seen[1h])
      or
      (
        last_over_time(region:pglatency_certificate_end_timestamp_seconds:seen[3d])
        and on (target, region) last_over_time(pglatency_runs_total{trigger="schedule", outcome="failure"}[15m])
        unless on (target, region)
        sum by (target, region) (increase(pglatency_operations_total{operation="connect", outcome="success"}[1h])) > 0
      )`,
  },
  {
    record: 'target:pglatency_certificate_end_timestamp_seconds:min',
    expr: `min by (target) (region:pglatency_certificate_end_timestamp_seconds:known)`,
  },
  {
    alert: 'PglatencyCertificateExpired',
    expr: `target:pglatency_certificate_end_timestamp_seconds:min <= time()`,
    for: '5m',
    severity: 'page',
    operation: 'connect',
    summary: 'The TLS certificate of {{ $labels.target }} has expired',
    description:
      'The certificate ended on {{ $value | humanizeTimestamp }}. Clients that verify it (sslmode verify-ca or verify-full) cannot open new connections. Open ones still work. Regions that see this certificate: {{ with printf `count by (target) (region:pglatency_certificate_end_timestamp_seconds:known{target="%s"} == on (target) group_left () target:pglatency_certificate_end_timestamp_seconds:min)` $labels.target | query }}{{ . | first | value }}{{ end }} of {{ with printf `count by (target) (region:pglatency_certificate_end_timestamp_seconds:known{target="%s"})` $labels.target | query }}{{ . | first | value }}{{ end }}.',
    scope: 'target',
  },
  {
    alert: 'PglatencyCertificateEnds',
    expr: `target:pglatency_certificate_end_timestamp_seconds:min < time() + 3 * 86400`,
    for: '15m',
    severity: 'page',
    operation: 'connect',
    summary: 'The TLS certificate of {{ $labels.target }} ends in less than 3 days',
    description:
      'The certificate ends on {{ $value | humanizeTimestamp }}. After that, clients that verify it (sslmode verify-ca or verify-full) cannot open new connections. Regions that see this certificate: {{ with printf `count by (target) (region:pglatency_certificate_end_timestamp_seconds:known{target="%s"} == on (target) group_left () target:pglatency_certificate_end_timestamp_seconds:min)` $labels.target | query }}{{ . | first | value }}{{ end }} of {{ with printf `count by (target) (region:pglatency_certificate_end_timestamp_seconds:known{target="%s"})` $labels.target | query }}{{ . | first | value }}{{ end }}.',
    scope: 'target',
  },
  {
    alert: 'PglatencyCertificateEndsSoon',
    expr: `target:pglatency_certificate_end_timestamp_seconds:min < time() + 21 * 86400`,
    for: '30m',
    severity: 'ticket',
    operation: 'connect',
    summary: 'The TLS certificate of {{ $labels.target }} ends in less than 21 days',
    description:
      'The certificate ends on {{ $value | humanizeTimestamp }}. After that, clients that verify it (sslmode verify-ca or verify-full) cannot open new connections. Regions that see this certificate: {{ with printf `count by (target) (region:pglatency_certificate_end_timestamp_seconds:known{target="%s"} == on (target) group_left () target:pglatency_certificate_end_timestamp_seconds:min)` $labels.target | query }}{{ . | first | value }}{{ end }} of {{ with printf `count by (target) (region:pglatency_certificate_end_timestamp_seconds:known{target="%s"})` $labels.target | query }}{{ . | first | value }}{{ end }}.',
    scope: 'target',
  },
];
