import type { Problem } from '../base/errors.js';
import { controlCharacterProblem } from './fields.js';
import { readText } from './readable-file.js';
import { checkQueries, queriesOf } from './resolve-queries.js';
import type { ConnectionFields } from './resolve-connection.js';
import { BUILT_IN_OPERATIONS, type Target, type Tls } from './target.js';
import { parseTargetsFile, type TargetEntry, type TargetsFile } from './targets-file.js';
import { targetConnection } from './target-connection.js';
import { resolveTls } from './tls-settings.js';

/** What a target takes over from the environment where the file says nothing. */
export interface TargetDefaults {
  /** The target that DB_HOST describes; null: there is none. */
  readonly primary: Target | null;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | null;
  readonly passwordCommand?: readonly string[];
  /** With the authorities that a target trusts which checks the certificate. */
  readonly tls: Tls;
  /** The setting that those come from; undefined: they are the default. */
  readonly caSetting: string | undefined;
  /** SSL_CERT_FILE. */
  readonly systemFile: string | undefined;
  readonly operationTimeoutMs: number;
  readonly probeSchema: string | null;
}

/**
 * The primary and the file's targets, each with its queries. Reads the file, and the password and authority
 * files that it names. Adds every problem that it finds; use the result only when there is none.
 */
export function readTargetsFile(
  file: string,
  defaults: TargetDefaults,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): Target[] {
  const found: Problem[] = [];
  const content = parseTargetsFile(file, found);
  const targets =
    content === null ? [] : resolveTargets(content, { defaults, env, problems: found });
  for (const { field, ...rest } of found) {
    problems.push({ field: field === '' ? `TARGETS_FILE ${file}` : `${file}: ${field}`, ...rest });
  }
  return targets;
}

/**
 * The targets that a file lists, after the primary, each with its queries.
 *
 * @param placeOf the path of an entry in its file
 */
export function resolveTargets(
  { targets: entries, queries }: TargetsFile,
  reading: Reading,
  placeOf: PlaceOf = (_entry, i) => `targets[${i}]`,
): Target[] {
  const { defaults, problems } = reading;
  const places = entries.map(placeOf);
  const listed = entries.map((entry, i) => toTarget(entry, places[i] ?? '', reading));
  const targets = defaults.primary === null ? listed : [defaults.primary, ...listed];
  checkNames(entries, places, reading);
  const writable = targets.filter(({ mode }) => mode === 'read-write');
  const [first] = writable;
  if (first === undefined) {
    problems.push({
      field: 'targets',
      value: null,
      expected: 'a read-write target: DB_HOST, or one of the file with `mode: read-write`',
    });
  }
  checkFollowed(entries, places, writable, problems);
  checkQueries(queries, targets, problems);
  return targets.map((target) => ({
    ...target,
    replicaOf: target.mode === 'read-write' ? null : (target.replicaOf ?? first?.name ?? null),
    queries: queriesOf(target, queries),
  }));
}

/** A read-only target follows a read-write one: the named one, or the first. */
function checkFollowed(
  entries: readonly TargetEntry[],
  places: readonly string[],
  writable: readonly Target[],
  problems: Problem[],
): void {
  const names = writable.map(({ name }) => name);
  entries.forEach((entry, i) => {
    const value = followedBy(entry);
    if (entry.mode !== 'read-only' || value === undefined || names.includes(value)) return;
    const others = `a read-write target: ${names.join(', ') || 'none is configured'}`;
    const expected = value === entry.name ? `${others}; it cannot follow itself` : others;
    problems.push({ field: `${places[i]}.${followsKey(entry)}`, value, expected });
  });
}

const followedBy = ({ follows, replica_of }: TargetEntry) => follows ?? replica_of;
const followsKey = ({ follows }: TargetEntry) => (follows === undefined ? 'replica_of' : 'follows');

function checkNames(
  entries: readonly TargetEntry[],
  places: readonly string[],
  { defaults: { primary }, problems }: Reading,
): void {
  const seen = new Set(primary === null ? [] : [primary.name]);
  entries.forEach(({ name }, i) => {
    if (seen.has(name)) {
      const isPrimary = name === primary?.name;
      const expected = isPrimary ? 'another name: DB_HOST describes that one' : 'a name used once';
      problems.push({ field: `${places[i]}.name`, value: name, expected });
    }
    seen.add(name);
  });
}

type PlaceOf = (entry: TargetEntry, index: number) => string;

/** What entries are read with. */
export interface Reading {
  readonly defaults: TargetDefaults;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly problems: Problem[];
}

function toTarget(entry: TargetEntry, field: string, reading: Reading): Target {
  const { defaults, problems } = reading;
  const isReadOnly = entry.mode === 'read-only';
  if (isReadOnly && entry.operations?.includes('insert') === true) {
    problems.push({
      field: `${field}.operations`,
      value: 'insert',
      expected: 'connect, ping or select: the target is read-only',
    });
  }
  const followed = followedBy(entry);
  if (!isReadOnly && followed !== undefined) {
    problems.push({
      field: `${field}.${followsKey(entry)}`,
      value: followed,
      expected: 'no value: the target is read-write',
    });
  }
  if (entry.follows !== undefined && entry.replica_of !== undefined) {
    problems.push({
      field: `${field}.replica_of`,
      value: entry.replica_of,
      expected: 'no value, because follows is set: replica_of is its older name',
    });
  }
  return {
    name: entry.name,
    mode: entry.mode,
    ...connectionOf(entry, field, reading),
    operationTimeoutMs: entry.timeout_ms ?? defaults.operationTimeoutMs,
    operations: BUILT_IN_OPERATIONS.filter(
      (operation) =>
        (entry.operations?.includes(operation) ?? true) && !(isReadOnly && operation === 'insert'),
    ),
    queries: [],
    probeSchema: entry.schema ?? defaults.probeSchema,
    replicaOf: followed ?? null,
  };
}

type Connection = ConnectionFields & Pick<Target, 'passwordCommand' | 'leftOut'>;

/** By its connection string, or by its keys and the primary's values. */
function connectionOf(entry: TargetEntry, field: string, reading: Reading): Connection {
  const { defaults, env, problems } = reading;
  const own = readPassword(entry, field, reading);
  const command = entry.password_command && { passwordCommand: entry.password_command };
  const byUrl = targetConnection(entry, { field, env, password: own, problems });
  if (byUrl !== null) return { ...byUrl, ...command };
  if (entry.host === undefined) {
    const expected = 'text; it is missing, and so are url, url_env and url_file';
    problems.push({ field: `${field}.host`, value: null, expected });
  }
  return {
    host: entry.host ?? '',
    port: entry.port ?? defaults.port,
    user: entry.user ?? defaults.user,
    password: own ?? defaults.password,
    ...(command ??
      (own === null &&
        defaults.passwordCommand && {
          passwordCommand: defaults.passwordCommand,
        })),
    database: entry.database ?? defaults.database,
    tls: toTls(entry, field, reading),
    pooler: entry.pooler,
  };
}

/** The entry's own; null: it has none. */
function readPassword(entry: TargetEntry, field: string, { env, ...reading }: Reading) {
  const { password_env: variable, password_file: file, password_command: command } = entry;
  const problem = (key: string, expected: string) => {
    reading.problems.push({ field: `${field}.${key}`, value: null, expected });
    return null;
  };
  if (command !== undefined && (variable !== undefined || file !== undefined)) {
    return problem('password_command', 'no value, because password_env or password_file is set');
  }
  if (variable !== undefined && file !== undefined) {
    return problem('password_file', 'no value, because password_env is set');
  }
  if (variable !== undefined) {
    const password = env[variable];
    if (password === undefined || password === '') {
      return problem('password_env', 'the name of a variable that is set');
    }
    const wrong = controlCharacterProblem(password);
    return wrong === null ? password : problem('password_env', `a variable that holds ${wrong}`);
  }
  if (file === undefined) return null;
  const content = readText(file);
  if ('why' in content) return problem('password_file', `a readable file (${content.why})`);
  // Editors and `echo` end a file with a line break, which is not meant.
  const password = content.text.replace(/\r?\n$/, '');
  if (password === '') return problem('password_file', 'a file that is not empty');
  const wrong = controlCharacterProblem(password);
  return wrong === null ? password : problem('password_file', `a file that holds ${wrong}`);
}

function toTls(entry: TargetEntry, field: string, { defaults, problems }: Reading): Tls {
  return resolveTls(
    {
      mode: entry.sslmode,
      negotiation: entry.sslnegotiation,
      ca: entry.ca,
      servername: entry.servername,
      clientCert: entry.client_cert,
      clientKey: entry.client_key,
    },
    {
      fields: {
        mode: `${field}.sslmode`,
        negotiation: `${field}.sslnegotiation`,
        ca: `${field}.ca`,
        servername: `${field}.servername`,
        clientCert: `${field}.client_cert`,
        clientKey: `${field}.client_key`,
      },
      withMode: (mode) => `sslmode ${mode}`,
      inherited: defaults.tls,
      inheritedCa: defaults.caSetting,
      systemFile: defaults.systemFile,
      problems,
    },
  );
}
