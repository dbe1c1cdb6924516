import type { Connection } from './api.js';
import { plural } from './format.js';

/** The parts of a connection's time; `dns` comes before it and is not part of it. */
export type Phase = 'dns' | 'tcp' | 'tls' | 'startup';

export const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  dns: 'Look-up of the name, before it',
  tcp: 'TCP handshake',
  tls: 'TLS handshake',
  startup: 'Startup and login',
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** As the alerts: a ticket, and a page. */
const SOON_DAYS = 21;
const URGENT_DAYS = 3;

export interface CertificateEnd {
  readonly text: string;
  readonly urgency: 'none' | 'soon' | 'urgent';
}

/** How long a certificate still holds. Days are whole ones that are left. */
export function describeEnd(endMs: number, nowMs: number): CertificateEnd {
  const days = (endMs - nowMs) / DAY_MS;
  if (days <= 0) return { text: 'ended: connections that check it fail', urgency: 'urgent' };
  const left =
    days < 2
      ? plural(Math.max(1, Math.floor((endMs - nowMs) / HOUR_MS)), 'hour')
      : plural(Math.floor(days), 'day');
  if (days >= SOON_DAYS) return { text: `ends in ${left}`, urgency: 'none' };
  const urgency = days < URGENT_DAYS ? 'urgent' : 'soon';
  return { text: `ends in ${left}: renew it${urgency === 'urgent' ? ' now' : ''}`, urgency };
}

export function describeEncryption({ tls_version, tls_ms }: Connection): string {
  if (tls_version !== null) return tls_version.replace(/^TLSv/, 'TLS ');
  return tls_ms === null ? 'no TLS: none is asked for' : 'no TLS: the server offers none';
}

export function describeAddress({ address }: Connection): string {
  return address ?? 'a socket of this machine';
}
