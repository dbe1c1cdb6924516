import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { atExit } from '../lab/at-exit.js';
import { makeCertificate } from './certificate.js';

export interface OfferedTls {
  readonly secureContext: SecureContext | null;
  /** Where the certificate lies, for the application to trust; null: there is none. */
  readonly file: string | null;
  remove(): void;
}

const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'];

/** What the proxy offers to applications; a certificate of the run's own, in a folder that ends with it. */
export function offerTls(isWanted: boolean, host: string): OfferedTls {
  if (!isWanted) return { secureContext: null, file: null, remove: () => undefined };
  const { cert, key } = makeCertificate([...new Set([...LOCAL_NAMES, host])]);
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-audit-'));
  const erase = () => rmSync(folder, { recursive: true, force: true });
  const forget = atExit(erase);
  const file = join(folder, 'certificate.pem');
  writeFileSync(file, cert);
  return {
    secureContext: createSecureContext({ cert, key }),
    file,
    remove() {
      erase();
      forget();
    },
  };
}
