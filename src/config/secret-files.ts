import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { controlCharacterProblem } from './fields.js';
import { TOKEN_FORM, isToken } from './token.js';
import { readBoundedText } from './readable-file.js';

const MAX_SECRET_BYTES = 4096;

/** A variable whose value a file may hold, named by `<variable>_FILE`. */
interface SecretVariable {
  readonly name: 'DB_PASSWORD' | 'API_TOKEN';
  /** Variables that give it too. */
  readonly others: readonly string[];
  readonly what: string;
  /** What the content has to be; null: it is. */
  readonly problemOf: (content: string) => string | null;
}

const SECRETS: readonly SecretVariable[] = [
  {
    name: 'DB_PASSWORD',
    others: ['DB_PASSWORD', 'DB_PASSWORD_COMMAND'],
    what: 'the password',
    problemOf: controlCharacterProblem,
  },
  {
    name: 'API_TOKEN',
    others: ['API_TOKEN'],
    what: 'the token',
    problemOf: (content) => (isToken(content) ? null : TOKEN_FORM),
  },
];

/**
 * The environment with the content of DB_PASSWORD_FILE as DB_PASSWORD, and of API_TOKEN_FILE as API_TOKEN: one
 * line, without its line break. Adds a problem if the file cannot be read, or if the value is also given in
 * another way.
 */
export function withSecretFiles(env: Environment, problems: Problem[]): Environment {
  return SECRETS.reduce((known, secret) => withSecretFile(known, secret, problems), env);
}

function withSecretFile(
  env: Environment,
  { name, others, what, problemOf }: SecretVariable,
  problems: Problem[],
): Environment {
  const field = `${name}_FILE`;
  const file = env[field];
  if (file === undefined) return env;
  const refuse = (expected: string) => {
    problems.push({ field, value: null, expected });
    return env;
  };
  const other = others.find((each) => env[each] !== undefined);
  if (other !== undefined) return refuse(`no value, because ${other} is set`);
  const content = readBoundedText(file, MAX_SECRET_BYTES);
  if ('why' in content) return refuse(`a readable file that holds ${what} (${content.why})`);
  const secret = content.text.replace(/\r?\n$/, '');
  if (secret === '') return refuse(`a file that holds ${what} (it is empty)`);
  const wrong = problemOf(secret);
  return wrong === null ? { ...env, [name]: secret } : refuse(`a file of one line: ${wrong}`);
}
