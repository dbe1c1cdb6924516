import type { Problem } from '../base/errors.js';
import type { Target } from './target.js';

interface PasswordVariables {
  readonly DB_PASSWORD?: string | undefined;
  readonly DB_PASSWORD_COMMAND?: string | undefined;
}

/** A shell line. If a password is given too, nobody can tell which of the two is meant. */
export function passwordCommandOf(
  { DB_PASSWORD_COMMAND: line, DB_PASSWORD: password }: PasswordVariables,
  from: string | undefined,
  problems: Problem[],
): Pick<Target, 'passwordCommand'> {
  if (line === undefined) return {};
  const other = password === undefined ? from : 'DB_PASSWORD';
  if (other !== undefined && other !== 'PGPASSWORD') {
    const expected = `no value, because ${other} is set`;
    problems.push({ field: 'DB_PASSWORD_COMMAND', value: null, expected });
  }
  return { passwordCommand: ['sh', '-c', line] };
}
