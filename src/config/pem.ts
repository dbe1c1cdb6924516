import { X509Certificate } from 'node:crypto';
import { messageOf } from '../base/errors.js';

export interface PemBlock {
  /** What it says it is: `CERTIFICATE`, `PRIVATE KEY`. */
  readonly label: string;
  /** The block alone, from its first line to its last. */
  readonly text: string;
  /** From 1. */
  readonly ordinal: number;
  /** Where it begins, from 1. */
  readonly line: number;
}

/** What RFC 7468 and OpenSSL call a certificate. */
const CERTIFICATE_LABELS: ReadonlySet<string> = new Set([
  'CERTIFICATE',
  'X509 CERTIFICATE',
  'TRUSTED CERTIFICATE',
]);

/** Every block of a PEM text, in order; text around them is skipped. One without an end goes up to the next. */
export function pemBlocks(pem: string): PemBlock[] {
  const begins = [...pem.matchAll(/-----BEGIN ([^\r\n-]*)-----/g)];
  let line = 1;
  let counted = 0;
  return begins.map((begin, i) => {
    line += pem.slice(counted, begin.index).split('\n').length - 1;
    counted = begin.index;
    const region = pem.slice(begin.index, begins[i + 1]?.index);
    const [text] = /^[^]*?-----END [^\r\n-]*-----/.exec(region) ?? [region.trimEnd()];
    return { label: begin[1] ?? '', text, ordinal: i + 1, line };
  });
}

export function isCertificate({ label }: PemBlock): boolean {
  return CERTIFICATE_LABELS.has(label);
}

/** Why a block is no certificate, with its place; null: it is one. Its dates are not looked at. */
export function certificateProblem(block: PemBlock): string | null {
  const place = `block ${block.ordinal}, line ${block.line}`;
  if (!isCertificate(block)) return `${place}: a ${block.label}, not a CERTIFICATE`;
  try {
    new X509Certificate(block.text);
    return null;
  } catch (error) {
    return `${place}: ${reasonOf(error)}`;
  }
}

/** `error:04800064:PEM routines::bad base64 decode` → `bad base64 decode` */
function reasonOf(error: unknown): string {
  return messageOf(error).split(':').at(-1) ?? '';
}
