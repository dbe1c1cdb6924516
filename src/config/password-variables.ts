import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { controlCharacterProblem } from './fields.js';
import { readBoundedText } from './readable-file.js';
import type { Target } from './target.js';

const MAX_PASSWORD_BYTES = 4096;

/**
 * The environment with the content of DB_PASSWORD_FILE as DB_PASSWORD: one line, whose end is no part of it.
 * A problem where it cannot be read, and where the password is given in another way too.
 */
export function withPasswordFile(env: Environment, problems: Problem[]): Environment {
  const { DB_PASSWORD_FILE: file } = env;
  if (file === undefined) return env;
  const refuse = (expected: string) => {
    problems.push({ field: 'DB_PASSWORD_FILE', value: null, expected });
    return env;
  };
  const other = ['DB_PASSWORD', 'DB_PASSWORD_COMMAND'].find((name) => env[name] !== undefined);
  if (other !== undefined) return refuse(`no value beside ${other}`);
  const content = readBoundedText(file, MAX_PASSWORD_BYTES);
  if ('why' in content) return refuse(`a readable file that holds the password (${content.why})`);
  const password = content.text.replace(/\r?\n$/, '');
  if (password === '') return refuse('a file that holds the password (it is empty)');
  const wrong = controlCharacterProblem(password);
  return wrong === null
    ? { ...env, DB_PASSWORD: password }
    : refuse(`a file of one line: ${wrong}`);
}

interface PasswordVariables {
  readonly DB_PASSWORD?: string | undefined;
  readonly DB_PASSWORD_COMMAND?: string | undefined;
}

/** A shell line; beside a password in clear nobody can tell which of the two is meant. */
export function passwordCommandOf(
  { DB_PASSWORD_COMMAND: line, DB_PASSWORD: password }: PasswordVariables,
  from: string | undefined,
  problems: Problem[],
): Pick<Target, 'passwordCommand'> {
  if (line === undefined) return {};
  const other = password === undefined ? from : 'DB_PASSWORD';
  if (other !== undefined && other !== 'PGPASSWORD') {
    const expected = `no value beside ${other}`;
    problems.push({ field: 'DB_PASSWORD_COMMAND', value: null, expected });
  }
  return { passwordCommand: ['sh', '-c', line] };
}
