import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { readAuthorities } from './authorities.js';
import { messageOf, type Problem } from './errors.js';
import { hostName, identifier, oneOf, OPERATION_TIMEOUT_MS } from './fields.js';
import {
  BUCKET_LAYOUTS,
  BUILT_IN_OPERATIONS,
  MAX_QUERIES,
  MAX_TARGETS,
  SSL_MODES,
  TARGET_MODES,
  type OwnQuery,
  type Target,
  type Tls,
} from './target.js';

/** A run takes the time of its operations: what one query may take is bounded like an operation. */
const MAX_EVERY_RUNS = 1_440;
const MAX_PARAMETERS = 20;

const targetName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'a name of a-z, 0-9, _ and -, from a letter, at most 31 long');
const text = (maxLength: number) => z.string().min(1).max(maxLength);
const timeoutMs = z.int().min(OPERATION_TIMEOUT_MS.min).max(OPERATION_TIMEOUT_MS.max);

const targetEntry = z.strictObject({
  name: targetName.meta({ description: 'The `target` label.' }),
  host: hostName,
  port: z.int().min(1).max(65_535).optional(),
  database: identifier.min(1).optional().meta({ description: "Default: the primary's." }),
  user: identifier.min(1).optional().meta({ description: "Default: the primary's." }),
  password_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "an environment variable's name")
    .optional()
    .meta({ description: 'The variable that holds the password. Default: DB_PASSWORD.' }),
  password_file: text(4_096).optional().meta({ description: 'The file that holds the password.' }),
  sslmode: oneOf(SSL_MODES).optional().meta({ description: "Default: the primary's." }),
  ca: text(4_096).optional().meta({ description: "A file of PEM. Default: the primary's." }),
  servername: hostName
    .optional()
    .meta({ description: "The name that the certificate must bear. Default: the host's." }),
  mode: oneOf(TARGET_MODES).default('read-write'),
  replica_of: targetName
    .optional()
    .meta({ description: 'Of a read-only target: which read-write one it follows.' }),
  operations: z.array(oneOf(BUILT_IN_OPERATIONS)).min(1).optional(),
  timeout_ms: timeoutMs.optional().meta({ description: 'Default: OPERATION_TIMEOUT_MS.' }),
  pooler: z.boolean().default(false),
});

const queryEntry = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, 'a name of a-z, 0-9 and _, from a letter, at most 31 long')
    .meta({ description: '`operation="query_<name>"`.' }),
  sql: text(10_000).meta({ description: 'One statement, which reads.' }),
  parameters: z
    .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .max(MAX_PARAMETERS)
    .default([])
    .meta({ description: 'The values of $1, $2 and so on.' }),
  targets: z.array(targetName).min(1).optional().meta({ description: 'Default: all.' }),
  every: z.int().min(1).max(MAX_EVERY_RUNS).default(1).meta({ description: 'Every n-th run.' }),
  timeout_ms: timeoutMs.optional().meta({ description: "Default: the target's." }),
  buckets: oneOf(BUCKET_LAYOUTS).default('operation').meta({
    description: 'operation: fine from 6 to 600 ms; connect: fine from 30 ms to 3 s.',
  }),
});

/** What TARGETS_FILE holds; schemas/targets.schema.json is generated from it. */
export const targetsFileSchema = z.strictObject({
  targets: z
    .array(targetEntry)
    .max(MAX_TARGETS - 1)
    .default([]),
  queries: z.array(queryEntry).max(MAX_QUERIES).default([]),
});

type TargetsFile = z.infer<typeof targetsFileSchema>;
type TargetEntry = TargetsFile['targets'][number];
type QueryEntry = TargetsFile['queries'][number];

/** What a target takes over from the environment where the file says nothing. */
export interface TargetDefaults {
  /** The target that DB_HOST describes; null: there is none. */
  readonly primary: Target | null;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | null;
  readonly tls: Tls;
  /** Trusted where a target verifies and the primary does not, PEM. */
  readonly ca: readonly string[];
  readonly operationTimeoutMs: number;
}

/**
 * The primary and the file's targets, each with its queries. Reads the file, and the password and
 * authority files that it names. Adds every problem that it finds; what it returns is worth something
 * only when there is none.
 */
export function readTargetsFile(
  file: string,
  defaults: TargetDefaults,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): Target[] {
  const found: Problem[] = [];
  const content = parseFile(file, found);
  const targets = content === null ? [] : toTargets(content, defaults, env, found);
  for (const { field, ...rest } of found) {
    problems.push({ field: field === '' ? `TARGETS_FILE ${file}` : `${file}: ${field}`, ...rest });
  }
  return targets;
}

function parseFile(file: string, problems: Problem[]): TargetsFile | null {
  const unusable = (expected: string) => {
    problems.push({ field: '', value: null, expected });
    return null;
  };
  let source;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    return unusable(`a readable file (${messageOf(error)})`);
  }
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    return unusable(`YAML (line ${line}, column ${col}: ${fault.message})`);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return unusable(`YAML (${messageOf(error)})`);
  }
  const expected = 'a map with `targets:`, `queries:` or both';
  if (value === null || value === undefined) return unusable(`${expected}; the file is empty`);
  if (Array.isArray(value)) return unusable(`${expected}, not a list`);
  if (typeof value !== 'object') return unusable(`${expected}, not a ${typeof value}`);
  const parsed = targetsFileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  problems.push(...parsed.error.issues.flatMap((issue) => toProblems(issue, value)));
  return null;
}

/** Keys in which a person may write a secret by mistake; their value is never shown. */
const HIDDEN_KEYS: ReadonlySet<unknown> = new Set(['password_env', 'password_file', 'parameters']);

function toProblems(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  const path = issue.path as (string | number)[];
  if (issue.code !== 'unrecognized_keys') {
    const value = path.some((key) => HIDDEN_KEYS.has(key)) ? undefined : valueAt(root, path);
    const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
    const shown = isScalar ? String(value) : null;
    return [{ field: pathText(path), value: shown, expected: issue.message }];
  }
  return issue.keys.map((key) => ({
    field: pathText([...path, key]),
    value: null,
    expected: /pass/i.test(key)
      ? 'no password in clear: use password_env or password_file'
      : 'no such key',
  }));
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key],
    root,
  );
}

/** `targets[1].host` */
function pathText(path: readonly (string | number)[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${key}`))
    .join('');
}

function toTargets(
  { targets: entries, queries }: TargetsFile,
  defaults: TargetDefaults,
  env: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): Target[] {
  const listed = entries.map((entry, i) =>
    toTarget(entry, `targets[${i}]`, { defaults, env, problems }),
  );
  const targets = defaults.primary === null ? listed : [defaults.primary, ...listed];
  checkNames(entries, defaults.primary, problems);
  const writable = targets.filter(({ mode }) => mode === 'read-write');
  const [first] = writable;
  if (first === undefined) {
    problems.push({
      field: 'targets',
      value: null,
      expected: 'a read-write target: DB_HOST, or one of the file with `mode: read-write`',
    });
  }
  const checked = checkQueries(queries, targets, problems);
  return targets.map((target) => ({
    ...target,
    replicaOf:
      target.mode === 'read-write'
        ? null
        : (followed(target, writable, entries, problems)?.name ?? null),
    queries: checked.flatMap(({ entry, query }) =>
      entry.targets === undefined || entry.targets.includes(target.name)
        ? [{ ...query, timeoutMs: entry.timeout_ms ?? target.operationTimeoutMs }]
        : [],
    ),
  }));
}

/** The read-write target whose rows arrive at a read-only one: the named one, or the first. */
function followed(
  target: Target,
  writable: readonly Target[],
  entries: readonly TargetEntry[],
  problems: Problem[],
): Target | undefined {
  if (target.replicaOf === null) return writable[0];
  const found = writable.find(({ name }) => name === target.replicaOf);
  if (found === undefined) {
    const index = entries.findIndex(({ name }) => name === target.name);
    problems.push({
      field: `targets[${index}].replica_of`,
      value: target.replicaOf,
      expected: `a read-write target: ${writable.map(({ name }) => name).join(', ') || 'none is configured'}`,
    });
  }
  return found;
}

function checkNames(
  entries: readonly TargetEntry[],
  primary: Target | null,
  problems: Problem[],
): void {
  const seen = new Set(primary === null ? [] : [primary.name]);
  entries.forEach(({ name }, i) => {
    if (seen.has(name)) {
      const isPrimary = name === primary?.name;
      const expected = isPrimary ? 'another name: DB_HOST describes that one' : 'a name used once';
      problems.push({ field: `targets[${i}].name`, value: name, expected });
    }
    seen.add(name);
  });
}

interface Reading {
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
  if (!isReadOnly && entry.replica_of !== undefined) {
    problems.push({
      field: `${field}.replica_of`,
      value: entry.replica_of,
      expected: 'no value: the target is read-write',
    });
  }
  return {
    name: entry.name,
    mode: entry.mode,
    host: entry.host,
    port: entry.port ?? defaults.port,
    user: entry.user ?? defaults.user,
    password: readPassword(entry, field, reading),
    database: entry.database ?? defaults.database,
    tls: toTls(entry, field, reading),
    operationTimeoutMs: entry.timeout_ms ?? defaults.operationTimeoutMs,
    operations: BUILT_IN_OPERATIONS.filter(
      (operation) =>
        (entry.operations?.includes(operation) ?? true) && !(isReadOnly && operation === 'insert'),
    ),
    queries: [],
    pooler: entry.pooler,
    replicaOf: entry.replica_of ?? null,
  };
}

function readPassword(entry: TargetEntry, field: string, { env, ...reading }: Reading) {
  const { password_env: variable, password_file: file } = entry;
  const problem = (key: string, expected: string) => {
    reading.problems.push({ field: `${field}.${key}`, value: null, expected });
    return null;
  };
  if (variable !== undefined && file !== undefined) {
    return problem('password_file', 'no value beside password_env');
  }
  if (variable !== undefined) {
    const password = env[variable];
    if (password !== undefined && password !== '') return password;
    return problem('password_env', 'the name of a variable that is set');
  }
  if (file === undefined) return reading.defaults.password;
  try {
    const password = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return password === '' ? problem('password_file', 'a file that is not empty') : password;
  } catch (error) {
    const { code = messageOf(error) } = error as NodeJS.ErrnoException;
    return problem('password_file', `a readable file (${code})`);
  }
}

function toTls(entry: TargetEntry, field: string, { defaults, problems }: Reading): Tls {
  const mode = entry.sslmode ?? defaults.tls.mode;
  if (mode === 'verify-full') {
    const inherited = defaults.tls.mode === 'verify-full' ? defaults.tls.ca : defaults.ca;
    return {
      mode,
      ca: entry.ca === undefined ? inherited : readAuthorities(entry.ca, `${field}.ca`, problems),
      servername: entry.servername ?? null,
    };
  }
  for (const key of ['ca', 'servername'] as const) {
    const value = entry[key];
    const expected = `no value with sslmode ${mode}, which verifies nothing; use verify-full`;
    if (value !== undefined) problems.push({ field: `${field}.${key}`, value, expected });
  }
  return { mode };
}

interface CheckedQuery {
  readonly entry: QueryEntry;
  readonly query: Omit<OwnQuery, 'timeoutMs'>;
}

function checkQueries(
  entries: readonly QueryEntry[],
  targets: readonly Target[],
  problems: Problem[],
): CheckedQuery[] {
  const names = new Set<string>();
  const known = targets.map(({ name }) => name);
  return entries.map((entry, i) => {
    const field = `queries[${i}]`;
    if (names.has(entry.name)) {
      problems.push({ field: `${field}.name`, value: entry.name, expected: 'a name used once' });
    }
    names.add(entry.name);
    entry.targets?.forEach((name, at) => {
      if (known.includes(name)) return;
      const expected = `a target: ${known.join(', ')}`;
      problems.push({ field: `${field}.targets[${at}]`, value: name, expected });
    });
    return {
      entry,
      query: {
        operation: `query_${entry.name}` as const,
        sql: entry.sql,
        parameters: entry.parameters,
        everyRuns: entry.every,
        buckets: entry.buckets,
      },
    };
  });
}
