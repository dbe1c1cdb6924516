import type { Target } from '../config/target.js';
import type { Authentication } from '../config/require-auth.js';
import type { Opened } from './pinger.js';
import { milliseconds, plural } from './figures.js';

/** The round trips that a connection takes by the protocol. */
export interface RoundTrips {
  readonly tcp: number;
  readonly tls: number;
  readonly startup: number;
  readonly sum: number;
}

/** From the startup packet on: SCRAM sends two messages and is answered twice. */
const STARTUP_TRIPS: Readonly<Record<Authentication, number>> = {
  none: 1,
  password: 2,
  md5: 2,
  'scram-sha-256': 3,
};

/** A server nearer than this takes as long for its own work: its phases say nothing of round trips. */
const FAR_MS = 5;
const DIRECT_SINCE = 170_000;

type Known = Pick<Opened, 'facts' | 'authentication'>;

/**
 * TCP is one round trip, the request for TLS one, TLS 1.3 one and TLS 1.2 two; a server that does not take the
 * client's first curve costs one more, which shows only from afar. docs/methodology.md has what was measured.
 */
export function roundTripsOf(
  { facts, authentication }: Known,
  { negotiation }: Target['tls'],
  queryMs: number | null,
): RoundTrips {
  const startup = STARTUP_TRIPS[authentication];
  const tls = tlsTripsOf(facts, negotiation, queryMs);
  return { tcp: 1, tls, startup, sum: 1 + tls + startup };
}

function tlsTripsOf(
  { tlsVersion, phases }: Known['facts'],
  negotiation: Target['tls']['negotiation'],
  queryMs: number | null,
): number {
  if (phases.tlsMs === null) return 0;
  const request = negotiation === 'direct' ? 0 : 1;
  if (tlsVersion === null) return request;
  const trips = request + (tlsVersion === 'TLSv1.3' ? 1 : 2);
  if (queryMs === null || queryMs < FAR_MS) return trips;
  // With TCP, which a relay on the way may have answered by itself.
  const measured = Math.round((phases.tcpMs + phases.tlsMs) / queryMs) - 1;
  return measured > trips ? trips + 1 : trips;
}

/**
 * One paragraph about what a connection costs beside a query, and what would save it. `queryMs`: the median;
 * null: no query was answered.
 */
export function explain(
  opened: Opened,
  { host, tls }: Pick<Target, 'host' | 'tls'>,
  { queryMs, noun }: { readonly queryMs: number | null; readonly noun: string },
): string {
  const took = milliseconds(opened.connectMs);
  const factor =
    queryMs === null ? '' : `, ${(opened.connectMs / queryMs).toFixed(1)} × ${a(noun)}`;
  if (host.startsWith('/')) {
    return `A new connection took ${took}${factor}. It is a socket of this machine: there is no network on the way.`;
  }
  const trips = roundTripsOf(opened, tls, queryMs);
  const parts = [
    `${trips.tcp} for TCP`,
    ...(trips.tls > 0 ? [`${trips.tls} for TLS`] : []),
    `${trips.startup} for the startup`,
  ];
  const count = plural(trips.sum, 'round trip');
  const near =
    queryMs !== null && queryMs < FAR_MS
      ? ' At such a short distance, the work of the server takes longer than the network.'
      : '';
  return `A new connection costs ${count}${factor}: ${listed(parts)}; ${took} in all.${near} ${savings(opened, tls)}`;
}

function savings({ facts, serverVersion, isPooler }: Opened, tls: Target['tls']): string {
  const reuse =
    'a pooler beside the application, or connections that it keeps open, would save nearly all of it';
  if (facts.tlsVersion === null || tls.negotiation === 'direct' || isPooler) {
    return `${reuse.replace('a pooler', 'A pooler')}.`;
  }
  const mode = tls.mode === 'prefer' ? ' (with `sslmode=require` or more)' : '';
  const since = (serverVersion ?? 0) >= DIRECT_SINCE ? '' : ', from PostgreSQL 17 on';
  return `\`sslnegotiation=direct\`${mode} would save one of them${since}; ${reuse}.`;
}

function a(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

function listed(parts: readonly string[]): string {
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}
