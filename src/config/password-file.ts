import { statSync } from 'node:fs';
import { readText } from './readable-file.js';

/** What a line of the file is found by; a host may have several names. */
export interface PasswordQuestion {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** What others may do with it. */
const OTHERS = 0o077;

/**
 * The password of the first line that fits, as libpq finds it in ~/.pgpass:
 * `host:port:database:user:password`, `*` fits all, a backslash takes `:` and `\` as they are.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 *
 * @returns null where no line fits; `why` where the file cannot be used.
 */
export function findPassword(
  file: string,
  question: PasswordQuestion,
): { readonly password: string | null } | { readonly why: string } {
  const content = readText(file);
  if ('why' in content) return content;
  const { mode } = statSync(file);
  if ((mode & OTHERS) !== 0) return { why: 'others can read it; chmod 600' };
  const { hosts, port, database, user } = question;
  for (const line of content.text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const [host, ...rest] = fieldsOf(line);
    if (host === undefined || rest.length < 4) continue;
    const [itsPort, itsDatabase, itsUser, password = ''] = rest;
    const fits = (field: string | undefined, ...values: string[]) =>
      field === '*' || values.some((value) => value === field);
    if (!fits(host, ...hosts) || !fits(itsPort, String(port))) continue;
    if (fits(itsDatabase, database) && fits(itsUser, user)) return { password };
  }
  return { password: null };
}

/** The fields of a line; the last one is the rest of it. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/((?:\\.|[^\\:])*)(?::|$)/g)]
    .map(([, field = '']) => field.replace(/\\(.)/g, '$1'))
    .slice(0, 5);
}
