import { statSync } from 'node:fs';
import type { Environment } from '../base/cli-deps.js';

/** Variables that name a file with a secret in it. */
const SECRET_FILES = [
  'DATABASE_URL_FILE',
  'DB_PASSWORD_FILE',
  'DB_CLIENT_KEY_FILE',
  'API_TOKEN_FILE',
] as const;
/** What users outside the file's group may do. */
const READ_BY_OTHERS = 0o004;

/** Says which files with secrets everybody on this machine can read. */
export function warnOfOpenSecrets(
  env: Environment,
  log: { warn(line: object, message: string): void },
): void {
  for (const name of SECRET_FILES) {
    const file = env[name];
    if (file === undefined || file === '') continue;
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & READ_BY_OTHERS) === 0) continue;
    log.warn(
      { variable: name },
      'everybody on this machine can read this secret: chmod o= the file',
    );
  }
}
