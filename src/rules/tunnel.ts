import type { Rule } from './rule.js';

export const tunnelRules = (): Rule[] => [
  {
    alert: 'PglatencyTunnelDown',
    expr: `time() - max by (region) (pglatency_wireguard_last_handshake_timestamp_seconds) > 300`,
    for: '1m',
    severity: 'ticket',
    operation: 'all',
    summary: 'The tunnel of {{ $labels.region }} has been dead for {{ $value | humanizeDuration }}',
    description:
      '{{ $labels.region }}: the hub last answered a handshake {{ $value | humanizeDuration }} ago; normal is within two minutes. One region: its path or its key. All of them: the hub.',
    scope: 'region',
  },
  {
    why: `Alone a tunnel shakes hands five times in ten minutes; two Machines with one key, thirty times.`,
    alert: 'PglatencyTunnelContested',
    expr: `max by (region) (changes(pglatency_wireguard_last_handshake_timestamp_seconds[10m])) > 12`,
    for: '2m',
    severity: 'ticket',
    operation: 'all',
    summary: 'Two Machines fight for the tunnel of {{ $labels.region }}',
    description:
      '{{ $labels.region }}: {{ $value | humanize }} handshakes in ten minutes; normal is five. Two Machines use one WireGuard identity, and each takes the tunnel from the other: its latencies and failures are theirs.',
    scope: 'region',
  },
];
