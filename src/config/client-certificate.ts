import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Problem } from '../base/errors.js';
import { certificateProblem, isCertificate, pemBlocks } from './pem.js';
import { readText, shownPath } from './readable-file.js';
import type { Tls } from './target.js';

/** The paths of the two files, and what a problem calls each. */
export interface ClientCertificateFiles {
  readonly cert: { readonly field: string; readonly path: string | undefined };
  readonly key: { readonly field: string; readonly path: string | undefined };
}

/**
 * The client's certificate, followed by those between it and an authority, and its key. Null when neither file
 * is named. Adds a problem and returns null when one is missing or cannot be used, or when the two do not
 * belong together. Shows nothing of a key.
 */
export function readClientCertificate(
  { cert, key }: ClientCertificateFiles,
  problems: Problem[],
): Tls['clientCertificate'] {
  if (cert.path === undefined && key.path === undefined) return null;
  if (cert.path === undefined || key.path === undefined) {
    const [missing, given] = cert.path === undefined ? [cert, key] : [key, cert];
    const expected = `a file, because ${given.field} is set; set both or none`;
    problems.push({ field: missing.field, value: null, expected });
    return null;
  }
  const before = problems.length;
  const certificates = readCertificates(cert.path, cert.field, problems);
  const privateKey = readKey(key.path, key.field, problems);
  const [own] = certificates;
  if (problems.length > before || own === undefined || privateKey === null) return null;
  if (!new X509Certificate(own).checkPrivateKey(privateKey)) {
    const expected = `the private key of the first certificate of ${cert.field}; it belongs to another`;
    problems.push({ field: key.field, value: null, expected });
    return null;
  }
  return {
    cert: certificates.join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** The file may hold the key too, so blocks other than certificates are skipped. */
function readCertificates(path: string, field: string, problems: Problem[]): string[] {
  const problem = (why: string) => {
    const expected = `a readable file of PEM certificates, the client's own first (${why})`;
    problems.push({ field, value: shownPath(path), expected });
    return [];
  };
  const content = readText(path);
  if ('why' in content) return problem(content.why);
  const blocks = pemBlocks(content.text).filter(isCertificate);
  if (blocks.length === 0) return problem('it holds no certificate');
  const why = blocks.map(certificateProblem).find((found) => found !== null);
  return why === undefined ? blocks.map(({ text }) => text) : problem(why);
}

function readKey(path: string, field: string, problems: Problem[]): KeyObject | null {
  const problem = (why: string) => {
    const expected = `a readable file with a private key in PEM (${why})`;
    problems.push({ field, value: null, expected });
    return null;
  };
  const content = readText(path);
  if ('why' in content) return problem(content.why);
  const block = pemBlocks(content.text).find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) return problem('it holds no private key');
  // PKCS #8 says so in its label, OpenSSL's older form in a header.
  if (block.label === 'ENCRYPTED PRIVATE KEY' || block.text.includes('Proc-Type: 4,ENCRYPTED')) {
    return problem('it is encrypted; decrypt it: openssl pkey -in encrypted.pem -out key.pem');
  }
  try {
    return createPrivateKey(block.text);
  } catch {
    return problem(`block ${block.ordinal}, line ${block.line}: no key that can be read`);
  }
}
