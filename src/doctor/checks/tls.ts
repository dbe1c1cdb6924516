import { isIP } from 'node:net';
import { daysUntil } from '../../ping/describe-opened.js';
import { plural } from '../../ping/figures.js';
import { hostsOf, type Target } from '../../config/target.js';
import {
  examineTls,
  type ShownCertificate,
  type TlsReport,
} from '../../probe/connection/examine-tls.js';
import { createResolver } from '../../probe/connection/resolve.js';
import type { Measured } from '../../probe/measure.js';
import type { Failure } from '../../probe/results/result.js';
import type { Patient } from '../patient/patient.js';
import { remedyOf } from '../../probe/results/remedies.js';
import { broken, ok, unanswered, warning, type Check, type Finding } from './check.js';
import { isOfThisMachine } from './this-machine.js';

/** As the alert PglatencyCertificateEndsSoon has it. */
const SOON_DAYS = 21;
/** How many addresses are tried until one answers. */
const MAX_ADDRESSES = 4;
const VERIFY =
  'sslmode=verify-full&sslrootcert=FILE in the connection string, DB_SSLMODE=verify-full and DB_CA_FILE, or `sslmode` and `ca` of the target';

export const tlsCheck: Check = {
  name: 'tls',
  place: 'beside',
  why: 'without TLS, or without a check of the certificate, anybody on the network path can read and change the traffic; when a certificate ends, clients that check it cannot connect',
  async run(patient) {
    if (patient.target.host.startsWith('/')) {
      return [ok('a socket of this machine, which needs no TLS')];
    }
    const examined = await examineFirst(patient);
    if (!examined.ok) return [unanswered(examined)];
    const { address, report, host } = examined.value;
    if (report === null) return [judgeWithout(host, address)];
    const findings = [
      ...judgeChain(report, host, Date.now()),
      ...judgeMode(report, host, address),
      ...judgeNames(report, host.tls.servername ?? host.host, host),
    ];
    return findings.length > 0 ? findings : [ok(describe(report, Date.now()))];
  },
};

/** The first host that can be reached, or why the last one cannot. */
async function examineFirst({ target, beside }: Patient): Promise<Measured<Examined>> {
  let failed: Failure | null = null;
  for (const host of hostsOf(target)) {
    const examined = await beside((interrupted) => examine(host, interrupted));
    if (examined.ok) return examined;
    failed = examined;
  }
  return failed ?? { ok: false, reason: 'internal', message: 'there is no host' };
}

interface Examined {
  readonly host: Target;
  readonly address: string;
  /** null: it has no TLS. */
  readonly report: TlsReport | null;
}

async function examine(host: Target, interrupted: AbortSignal): Promise<Examined> {
  const { port, tls } = host;
  const name = tls.servername ?? host.host;
  const resolver = createResolver();
  try {
    const { addresses } = await resolver.resolve(host.host, interrupted);
    let failed: unknown;
    for (const address of addresses.slice(0, MAX_ADDRESSES)) {
      try {
        const report = await examineTls({ address, port, name, tls }, interrupted);
        return { host, address, report };
      } catch (error) {
        interrupted.throwIfAborted();
        failed = error;
      }
    }
    throw failed;
  } finally {
    resolver.close();
  }
}

function judgeWithout({ tls }: Target, address: string): Finding {
  if (isOfThisMachine(address))
    return ok('the server has no TLS, and its address is of this machine');
  const mend =
    'on the server: ssl = on, with ssl_cert_file and ssl_key_file, then SELECT pg_reload_conf(); here: ' +
    VERIFY;
  const found = `the server has no TLS (sslmode=${tls.mode})`;
  return tls.mode === 'disable' || tls.mode === 'prefer'
    ? warning(found, mend)
    : broken(found, mend);
}

/** Whether a bad certificate keeps this client out. */
function isVerified({ tls }: Target): boolean {
  return tls.mode === 'verify-ca' || tls.mode === 'verify-full';
}

function judgeChain(report: TlsReport, target: Target, nowMs: number): Finding[] {
  const { chain, distrust } = report;
  const found: Finding[] = [];
  for (const [place, certificate] of chain.entries()) {
    const label = place === 0 ? 'the certificate' : `its authority's certificate`;
    found.push(...judgeEnd(certificate, label, nowMs));
  }
  const isOfTime = distrust === 'CERT_HAS_EXPIRED' || distrust === 'CERT_NOT_YET_VALID';
  if (distrust !== null && isVerified(target) && !isOfTime) {
    const mend = remedyOf(distrust) ?? 'renew the certificate, with its whole chain';
    found.push(broken(`the certificate is not trusted (${distrust}): ${chainText(report)}`, mend));
  }
  return found;
}

function judgeEnd(
  { subject, notBeforeMs, notAfterMs }: ShownCertificate,
  label: string,
  nowMs: number,
) {
  const days = daysUntil(notAfterMs, nowMs);
  const name = `${label} of ${subject}`;
  const renew =
    "put the new files in place and reload: SELECT pg_reload_conf(); on RDS: change the instance's certificate authority";
  const date = new Date(notAfterMs).toISOString().slice(0, 10);
  if (nowMs < notBeforeMs) {
    const from = new Date(notBeforeMs).toISOString();
    return [
      broken(
        `${name} is valid from ${from} on, which is in the future`,
        "set this machine's clock, or renew the certificate",
      ),
    ];
  }
  if (days < 0) return [broken(`${name} ended ${plural(-days, 'day')} ago, on ${date}`, renew)];
  if (days <= SOON_DAYS)
    return [warning(`${name} ends in ${plural(days, 'day')}, on ${date}`, renew)];
  return [];
}

function judgeMode(report: TlsReport, { tls }: Target, address: string): Finding[] {
  if (tls.mode === 'verify-full' || isOfThisMachine(address)) return [];
  const how: Readonly<Record<string, string>> = {
    disable: 'nothing is encrypted (sslmode=disable), although the server has TLS',
    prefer:
      'sslmode=prefer continues without TLS if anybody on the path says that there is none, and it checks no certificate',
    require: 'sslmode=require encrypts, and does not check who the server is',
    'verify-ca': 'sslmode=verify-ca does not check the name of the server',
  };
  return [warning(`${how[tls.mode] ?? tls.mode}; ${chainText(report)}`, VERIFY)];
}

function judgeNames(report: TlsReport, name: string, target: Target): Finding[] {
  if (report.isNameRight) return [];
  const found = `the certificate is not for ${name}, but for ${report.names.join(', ')}`;
  const mend = `DB_TLS_SERVERNAME, or \`servername\` of the target, with a name that it has; or a new certificate for ${name}`;
  if (target.tls.mode === 'verify-full') return [broken(found, mend)];
  // A client that connects by address or without TLS, and that checks nothing, is not affected.
  if (isIP(name) !== 0 || target.tls.mode === 'disable') return [];
  return [warning(found, mend, 'clients with sslmode=verify-full cannot connect')];
}

function describe(report: TlsReport, nowMs: number): string {
  const { version, cipher, chain } = report;
  const [own] = chain;
  const days = own === undefined ? null : daysUntil(own.notAfterMs, nowMs);
  const end = days === null ? '' : `, ends in ${plural(days, 'day')}`;
  return `${version}, ${cipher}; ${chainText(report)}${end}`;
}

function chainText({ chain, names, distrust }: TlsReport): string {
  const [own] = chain;
  if (own === undefined) return 'no certificate';
  const trust = distrust === null ? 'an authority that is known' : `not known here (${distrust})`;
  return `a certificate for ${names.join(', ')} by ${own.issuer}, ${trust}`;
}
