import type { Environment } from '../base/cli-deps.js';
import { messageOf, type Problem } from '../base/errors.js';
import { parseConnectionString } from './connection-string.js';
import { LIBPQ_SETTINGS, LIBPQ_VARIABLES } from './libpq-parameters.js';
import { readText } from './readable-file.js';
import {
  resolveConnection,
  type GivenParameter,
  type ResolvedConnection,
} from './resolve-connection.js';
import { withService } from './service-file.js';

/** DB_* that say the same as a parameter of libpq's. */
const DB_VARIABLES: Readonly<Record<string, string>> = {
  DB_HOST: 'host',
  DB_PORT: 'port',
  DB_USER: 'user',
  DB_PASSWORD: 'password',
  DB_NAME: 'dbname',
  DB_SSLMODE: 'sslmode',
  DB_SSLNEGOTIATION: 'sslnegotiation',
  DB_CA_FILE: 'sslrootcert',
  DB_CLIENT_CERT_FILE: 'sslcert',
  DB_CLIENT_KEY_FILE: 'sslkey',
};

/** Whether the environment names a database in one of the ways that libpq knows, and not by DB_HOST alone. */
export function namesConnection(env: Environment): boolean {
  const has = (name: string) => (env[name] ?? '') !== '';
  if (has('DATABASE_URL') || has('DATABASE_URL_FILE')) return true;
  return !has('DB_HOST') && (has('PGHOST') || has('PGHOSTADDR') || has('PGSERVICE'));
}

/** Whether the environment names a database at all, but for TARGETS_FILE. */
export function namesDatabase(env: Environment): boolean {
  return (env.DB_HOST ?? '') !== '' || namesConnection(env);
}

/**
 * The primary by DATABASE_URL or its file, or by PGHOST and its family: DB_* over the URL over PG*, value by
 * value. DB_* that contradict the URL are a problem: nobody can tell which of the two was meant.
 */
export function primaryConnection(env: Environment, problems: Problem[]): ResolvedConnection {
  const url = readUrl(env, problems);
  const fromUrl = url === null ? [] : parametersOf(url.text, url.field, problems);
  // The file's content stands in DB_PASSWORD; the messages name what was set.
  const fromDb = given(env, DB_VARIABLES).map((parameter) =>
    parameter.name === 'password' && (env.DB_PASSWORD_FILE ?? '') !== ''
      ? { ...parameter, field: 'DB_PASSWORD_FILE' }
      : parameter,
  );
  if (url !== null) checkAgreement(fromUrl, fromDb, url.field, problems);
  const all = withService(given(env, LIBPQ_VARIABLES), [...fromUrl, ...fromDb], { env, problems });
  const resolved = resolveConnection(all, {
    field: url?.field ?? 'PGHOST',
    env,
    mode: 'read-write',
    servername: env.DB_TLS_SERVERNAME,
    servernameField: 'DB_TLS_SERVERNAME',
    problems,
  });
  const settings = LIBPQ_SETTINGS.filter((name) => (env[name] ?? '') !== '');
  return { ...resolved, leftOut: [...resolved.leftOut, ...settings] };
}

function given(env: Environment, names: Readonly<Record<string, string>>): GivenParameter[] {
  return Object.entries(names).flatMap(([field, name]) => {
    const value = env[field] ?? '';
    return value === '' ? [] : [{ name, value, field }];
  });
}

/** The parameters of a connection string; none, and a problem, where it cannot be read. */
export function parametersOf(text: string, field: string, problems: Problem[]): GivenParameter[] {
  try {
    return parseConnectionString(text).map(({ name, value }, i) => ({
      name,
      value,
      field: `${field} ${/^[A-Za-z_]{1,40}$/.test(name) ? name : `parameter ${i + 1}`}`,
    }));
  } catch (error) {
    problems.push({ field, value: null, expected: messageOf(error) });
    return [];
  }
}

function readUrl(env: Environment, problems: Problem[]): { text: string; field: string } | null {
  const { DATABASE_URL: text = '', DATABASE_URL_FILE: file = '' } = env;
  if (text !== '' && file !== '') {
    problems.push({
      field: 'DATABASE_URL_FILE',
      value: null,
      expected: 'no value, because DATABASE_URL is set',
    });
  }
  if (text !== '') return { text, field: 'DATABASE_URL' };
  if (file === '') return null;
  const content = readText(file);
  if ('text' in content) return { text: content.text, field: 'DATABASE_URL_FILE' };
  const expected = `a readable file that holds a connection string (${content.why})`;
  problems.push({ field: 'DATABASE_URL_FILE', value: null, expected });
  return null;
}

/** A value beside the connection string must say what that says, or something that it leaves out. */
export function checkAgreement(
  fromUrl: readonly GivenParameter[],
  fromDb: readonly GivenParameter[],
  url: string,
  problems: Problem[],
): void {
  for (const { name, value, field } of fromDb) {
    const other = fromUrl.findLast((parameter) => parameter.name === name);
    if (other === undefined || other.value === value) continue;
    const expected = `what ${url} says, or no value: the two disagree about ${name}`;
    problems.push({ field, value: null, expected });
  }
}
