import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { REGION } from './text.js';

export const tunnelRules = (): Rule[] => [
  {
    alert: 'PglatencyTunnelDown',
    expr: `time() - max by (fleet, region) (pglatency_wireguard_last_handshake_timestamp_seconds) > 300`,
    for: '1m',
    severity: 'ticket',
    operation: 'all',
    summary: `${REGION}: the tunnel had no handshake for {{ $value | humanizeDuration }}; normal is a handshake within 2m`,
    description:
      'First check whether other regions have it too. One region: its path or its key. All regions: the hub.',
    scope: 'region',
  },
];

export const tunnelContestedRules = ({ fleet }: Plan): Rule[] =>
  fleet.scrapeSeconds > SLOWEST_SCRAPE_SECONDS ? [] : [contested(mostChanges(fleet.scrapeSeconds))];

/** A scrape sees at most one handshake. When they come more rarely than this, a fight looks like none. */
const SLOWEST_SCRAPE_SECONDS = 60;

function mostChanges(scrapeSeconds: number): number {
  return Math.min(12, Math.floor((0.75 * 600) / scrapeSeconds));
}

const contested = (changes: number): Rule => ({
  why: `Alone a tunnel shakes hands five times in ten minutes; two Machines with one key, thirty times.`,
  alert: 'PglatencyTunnelContested',
  expr: `max by (fleet, region) (changes(pglatency_wireguard_last_handshake_timestamp_seconds[10m])) > ${changes}`,
  for: '2m',
  severity: 'ticket',
  operation: 'all',
  summary: `${REGION}: two machines use the key of its tunnel, {{ $value }} handshakes in ten minutes; normal is five`,
  description:
    'First stop one of the two machines. Each takes the tunnel away from the other, and that causes latencies and failures here.',
  scope: 'region',
});
