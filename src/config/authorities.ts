import { existsSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { Problem } from '../base/errors.js';
import { certificateProblem, pemBlocks } from './pem.js';
import { readText, shownPath } from './readable-file.js';

/** Trusted authorities, and where they come from, for people. */
export interface Authorities {
  /** PEM, a certificate each. */
  readonly ca: readonly string[];
  readonly origin: string;
}

/** In place of a file: those that the operating system trusts; libpq's name for them. */
export const SYSTEM = 'system';

/** Where operating systems keep them, in one file of PEM. The list is that of Go's crypto/x509. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Alpine, Arch
  '/etc/pki/tls/certs/ca-bundle.crt', // Fedora, RHEL 6
  '/etc/ssl/ca-bundle.pem', // openSUSE
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', // RHEL 7 and later
  '/etc/ssl/cert.pem', // Alpine, macOS, OpenBSD
  '/usr/local/etc/ssl/cert.pem', // FreeBSD
];

export interface AuthoritySource {
  /** A file of PEM, or `system`. */
  readonly source: string;
  /** What a problem calls it. */
  readonly field: string;
  /** SSL_CERT_FILE, which OpenSSL's programs take in place of the system's file. */
  readonly systemFile: string | undefined;
}

/** Adds to the problems, and returns null, when there are none or one of them is broken. */
export function readAuthorities(
  { source, field, systemFile }: AuthoritySource,
  problems: Problem[],
): Authorities | null {
  if (source !== SYSTEM) return readBundle(source, field, `the authorities of ${source}`, problems);
  if (systemFile !== undefined) {
    const origin = `the system's authorities (SSL_CERT_FILE, ${systemFile})`;
    return readBundle(systemFile, 'SSL_CERT_FILE', origin, problems);
  }
  const bundle = SYSTEM_BUNDLES.find((file) => existsSync(file));
  return bundle === undefined
    ? { ca: rootCertificates, origin: "Node's own list of authorities (the system has none)" }
    : readBundle(bundle, field, `the system's authorities (${bundle})`, problems);
}

/** So many broken certificates of a file are named; more are counted. */
const MAX_NAMED = 3;

function readBundle(
  file: string,
  field: string,
  origin: string,
  problems: Problem[],
): Authorities | null {
  const problem = (why: string) => {
    const expected = `a readable file of PEM certificates (${why})`;
    problems.push({ field, value: shownPath(file), expected });
    return null;
  };
  const content = readText(file);
  if ('why' in content) return problem(content.why);
  const blocks = pemBlocks(content.text);
  if (blocks.length === 0) return problem('it holds no certificate');
  const broken = blocks.map(certificateProblem).filter((why) => why !== null);
  const more = broken.length > MAX_NAMED ? `; and ${broken.length - MAX_NAMED} more` : '';
  if (broken.length > 0) return problem(broken.slice(0, MAX_NAMED).join('; ') + more);
  return { ca: blocks.map(({ text }) => text), origin };
}
