import type { Target } from '../config/target.js';
import type { Authentication } from '../config/require-auth.js';
import { figure, plural, versionText } from './figures.js';
import type { Opened } from './pinger.js';

const MS_PER_DAY = 86_400_000;

export const AUTHENTICATION_TEXTS: Readonly<Record<Authentication, string>> = {
  none: 'no password asked',
  password: 'password in clear text',
  md5: 'MD5 password',
  'scram-sha-256': 'SCRAM-SHA-256',
};

/** Whole days until then, rounded down; negative: it is past. */
export function daysUntil(atMs: number, nowMs: number): number {
  return Math.floor((atMs - nowMs) / MS_PER_DAY);
}

/** A line for each phase of a connection, and one for their sum. */
export function describeOpened(opened: Opened, target: Target, nowMs: number): string[] {
  const { phases, address } = opened.facts;
  const row = (name: string, ms: number | null, what: string) =>
    `  ${name.padEnd(8)}${`${figure(ms)} ms`.padStart(10)}  ${what}`.trimEnd();
  return [
    ...(phases.dnsMs === null
      ? []
      : [row('dns', phases.dnsMs, addressesText(opened.addresses.length))]),
    row('tcp', phases.tcpMs, `${address ?? target.host}${placeText(opened)}`),
    ...opened.failedAttempts.map(({ message }) => `  ${''.padEnd(18)}  before it ${message}`),
    ...(phases.tlsMs === null
      ? [`  tls     ${'–'.padStart(10)}  none: ${noTlsText(target)}`]
      : [row('tls', phases.tlsMs, tlsText(opened, nowMs))]),
    row('startup', phases.startupMs, startupText(opened)),
    row('connect', opened.connectMs, phases.dnsMs === null ? '' : 'without dns'),
  ];
}

function addressesText(count: number): string {
  return count === 1 ? '1 address' : `${count} addresses`;
}

function placeText({ facts, addresses }: Opened): string {
  if (addresses.length < 2) return '';
  return `, number ${addresses.indexOf(facts.address ?? '') + 1} of ${addresses.length}`;
}

function noTlsText({ host, tls }: Target): string {
  return host.startsWith('/') ? 'a socket of this machine' : `sslmode=${tls.mode}`;
}

function tlsText({ facts }: Opened, nowMs: number): string {
  const { tlsVersion, certificateNotAfterMs } = facts;
  if (tlsVersion === null) return 'none: the server has no TLS';
  if (certificateNotAfterMs === null) return tlsVersion;
  const days = daysUntil(certificateNotAfterMs, nowMs);
  const end =
    days < 0
      ? `the certificate ended ${plural(-days, 'day')} ago`
      : `the certificate ends in ${plural(days, 'day')}`;
  return `${tlsVersion}, ${end}`;
}

function startupText({ authentication, serverVersion, isPooler }: Opened): string {
  return [
    AUTHENTICATION_TEXTS[authentication],
    ...(serverVersion === null ? [] : [`PostgreSQL ${versionText(serverVersion)}`]),
    ...(isPooler ? ['behind a pooler'] : []),
  ].join(', ');
}
