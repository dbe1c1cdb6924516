import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { checkAgreement, parametersOf } from './primary-connection.js';
import { readText } from './readable-file.js';
import {
  resolveConnection,
  type ConnectionFields,
  type GivenParameter,
} from './resolve-connection.js';
import { withService } from './service-file.js';
import type { Target } from './target.js';
import type { TargetEntry } from './targets-file.js';

/** Keys of an entry that say the same as a parameter of libpq's. */
const KEYS = {
  host: 'host',
  port: 'port',
  user: 'user',
  database: 'dbname',
  sslmode: 'sslmode',
  sslnegotiation: 'sslnegotiation',
  ca: 'sslrootcert',
  client_cert: 'sslcert',
  client_key: 'sslkey',
} as const satisfies Partial<Record<keyof TargetEntry, string>>;

interface Reading {
  /** The entry's place in the file. */
  readonly field: string;
  readonly env: Environment;
  /** Of password_env or password_file. */
  readonly password: string | null;
  readonly problems: Problem[];
}

/**
 * The connection of a target that has a connection string: what the entry says beside it fills in what it leaves
 * out, and libpq's defaults hold for the rest; nothing is the primary's. Null: it has none. Adds every problem.
 */
export function targetConnection(
  entry: TargetEntry,
  reading: Reading,
): (ConnectionFields & Pick<Target, 'leftOut'>) | null {
  const { field, problems } = reading;
  const source = sourceOf(entry, reading);
  if (source === null) return null;
  const fromUrl = source.text === null ? [] : parametersOf(source.text, source.field, problems);
  if (entry.url !== undefined && fromUrl.some(({ name }) => name === 'password')) {
    const expected = 'no password in clear: use url_env, url_file, password_env or password_file';
    problems.push({ field: `${field}.url`, value: null, expected });
  }
  const beside = besideUrl(entry, reading);
  checkAgreement(fromUrl, beside, source.field, problems);
  const { fields, leftOut } = resolveConnection(withService([], [...fromUrl, ...beside], reading), {
    field: source.field,
    env: reading.env,
    mode: entry.mode,
    servername: entry.servername,
    servernameField: `${field}.servername`,
    problems,
  });
  return {
    ...fields,
    pooler: fields.pooler || entry.pooler,
    ...(leftOut.length > 0 && { leftOut }),
  };
}

function besideUrl(entry: TargetEntry, { field, password }: Reading): GivenParameter[] {
  const given = Object.entries(KEYS).flatMap(([key, name]) => {
    const value = entry[key as keyof typeof KEYS];
    return value === undefined ? [] : [{ name, value: String(value), field: `${field}.${key}` }];
  });
  if (password === null) return given;
  const key = entry.password_env === undefined ? 'password_file' : 'password_env';
  return [...given, { name: 'password', value: password, field: `${field}.${key}` }];
}

/** Where the string is, and what it says; null text: it cannot be read, which is a problem by now. */
function sourceOf(
  { url, url_env: variable, url_file: file }: TargetEntry,
  { field, env, problems }: Reading,
): { field: string; text: string | null } | null {
  const given = Object.entries({ url, url_env: variable, url_file: file }).filter(
    ([, value]) => value !== undefined,
  );
  const [first, second] = given;
  if (first === undefined) return null;
  const place = `${field}.${first[0]}`;
  const unusable = (where: string, expected: string) => {
    problems.push({ field: where, value: null, expected });
    return { field: place, text: null };
  };
  if (second !== undefined) {
    return unusable(`${field}.${second[0]}`, `no value, because ${first[0]} is set`);
  }
  if (url !== undefined) return { field: place, text: url };
  if (variable !== undefined) {
    const text = env[variable] ?? '';
    return text === ''
      ? unusable(place, 'the name of a variable that is set')
      : { field: place, text };
  }
  const content = readText(file ?? '');
  return 'text' in content
    ? { field: place, text: content.text }
    : unusable(place, `a readable file that holds a connection string (${content.why})`);
}
