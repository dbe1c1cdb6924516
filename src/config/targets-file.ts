import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Problem } from '../base/errors.js';
import { hostName, identifier, oneOf, OPERATION_TIMEOUT_MS, schemaName } from './fields.js';
import { excessOf } from './read-yaml.js';
import { readBoundedText } from './readable-file.js';
import {
  BUCKET_LAYOUTS,
  BUILT_IN_OPERATIONS,
  MAX_QUERIES,
  MAX_TARGETS,
  SSL_MODES,
  SSL_NEGOTIATIONS,
  TARGET_MODES,
} from './target.js';

/** A run takes the time of its operations: what one query may take is bounded like an operation. */
const MAX_EVERY_RUNS = 1_440;
const MAX_PARAMETERS = 20;
/** Parsing blocks the process, so the file may have 1 MiB at most. */
const MAX_FILE_BYTES = 1_048_576;
/** Problems that are shown. */
const MAX_NAMED = 50;
/** A value that several targets share. */
const MAX_ALIASES = 100;

export const targetName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'a name of a-z, 0-9, _ and -, from a letter, at most 31 long');

function text(maxLength: number) {
  const expected = `text of 1 to ${maxLength} characters`;
  return z.string().min(1, expected).max(maxLength, expected);
}

function wholeNumber(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`;
  return z.int(expected).min(min, expected).max(max, expected);
}

const timeoutMs = wholeNumber(OPERATION_TIMEOUT_MS.min, OPERATION_TIMEOUT_MS.max);

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "an environment variable's name");

export const targetEntry = z.strictObject({
  name: targetName.meta({ description: 'The `target` label.' }),
  host: hostName.optional(),
  url: text(4_096).optional().meta({
    description:
      'A connection string without a password, as docs/databases.md says. In place of host.',
  }),
  url_env: variableName
    .optional()
    .meta({ description: 'The variable that holds the connection string.' }),
  url_file: text(4_096)
    .optional()
    .meta({ description: 'The file that holds the connection string.' }),
  port: wholeNumber(1, 65_535).optional(),
  database: identifier.min(1).optional().meta({ description: "Default: the primary's." }),
  user: identifier.min(1).optional().meta({ description: "Default: the primary's." }),
  password_env: variableName
    .optional()
    .meta({ description: 'The variable that holds the password. Default: DB_PASSWORD.' }),
  password_file: text(4_096).optional().meta({ description: 'The file that holds the password.' }),
  password_command: z
    .array(text(4_096))
    .min(1, 'a program, and its arguments')
    .optional()
    .meta({ description: 'A program with its arguments; it prints the password.' }),
  sslmode: oneOf(SSL_MODES).optional().meta({ description: "Default: the primary's." }),
  sslnegotiation: oneOf(SSL_NEGOTIATIONS)
    .optional()
    .meta({ description: "direct: from PostgreSQL 17 on. Default: the primary's." }),
  ca: text(4_096).optional().meta({
    description: "A file of PEM, or system: the operating system's. Default: the primary's.",
  }),
  servername: hostName.optional().meta({
    description:
      "The name that is sent to the server, and that verify-full checks. Default: the host's.",
  }),
  client_cert: text(4_096)
    .optional()
    .meta({ description: "The client's certificate, a file of PEM. Default: the primary's." }),
  client_key: text(4_096).optional().meta({ description: 'Its key, a file of PEM.' }),
  schema: schemaName.optional().meta({
    description: "The schema of the probe's table, as it is stored. Default: PROBE_SCHEMA.",
  }),
  mode: oneOf(TARGET_MODES).default('read-write'),
  follows: targetName
    .optional()
    .meta({ description: 'For a read-only target: the read-write target that it follows.' }),
  replica_of: targetName.optional().meta({ description: 'The older name of `follows`.' }),
  operations: z.array(oneOf(BUILT_IN_OPERATIONS)).min(1, 'one operation or more').optional(),
  timeout_ms: timeoutMs.optional().meta({ description: 'Default: OPERATION_TIMEOUT_MS.' }),
  pooler: z.boolean().default(false),
});

/** A larger whole number has lost digits when it arrives here, and would ask for another row. */
const exactNumber = z
  .number()
  .refine(
    (value) => !Number.isInteger(value) || Number.isSafeInteger(value),
    'a whole number of at most 15 digits; put a larger one in quotes',
  );

export const queryEntry = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, 'a name of a-z, 0-9 and _, from a letter, at most 31 long')
    .meta({ description: '`operation="query_<name>"`.' }),
  sql: text(10_000)
    .refine((sql) => !sql.includes('\0'), 'text without a NUL character')
    .meta({ description: 'One statement, which reads.' }),
  parameters: z
    .array(
      z.union(
        [z.string(), exactNumber, z.boolean(), z.null()],
        'text, a number, true, false or null',
      ),
    )
    .max(MAX_PARAMETERS, `at most ${MAX_PARAMETERS} values`)
    .default([])
    .meta({ description: 'The values of $1, $2 and so on.' }),
  targets: z
    .array(targetName)
    .min(1, 'one target or more')
    .optional()
    .meta({ description: 'Default: all.' }),
  every: wholeNumber(1, MAX_EVERY_RUNS).default(1).meta({ description: 'Every n-th run.' }),
  timeout_ms: timeoutMs.optional().meta({ description: "Default: the target's." }),
  buckets: oneOf(BUCKET_LAYOUTS).default('operation').meta({
    description: 'operation: fine from 0.1 to 600 ms; connect: fine from 30 ms to 3 s.',
  }),
});

/** What TARGETS_FILE holds; schemas/targets.schema.json is generated from it. */
export const targetsFileSchema = z.strictObject({
  targets: z
    .array(targetEntry)
    .max(MAX_TARGETS - 1, `at most ${MAX_TARGETS - 1} targets, beside the primary`)
    .default([]),
  queries: z.array(queryEntry).max(MAX_QUERIES, `at most ${MAX_QUERIES} queries`).default([]),
});

export type TargetsFile = z.infer<typeof targetsFileSchema>;
export type TargetEntry = TargetsFile['targets'][number];
export type QueryEntry = TargetsFile['queries'][number];

/** null: it is nested deeper than the parser's own stack. */
function parseBounded(text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * The content of the file, or null. Adds what is wrong with its form; the field of a problem is its path
 * in the file, and empty when the problem is the file itself.
 */
export function parseTargetsFile(file: string, problems: Problem[]): TargetsFile | null {
  const unusable = (expected: string) => {
    problems.push({ field: '', value: null, expected });
    return null;
  };
  const content = readBoundedText(file, MAX_FILE_BYTES);
  if ('why' in content) return unusable(`a readable file (${content.why})`);
  const excess = excessOf(content.text, MAX_ALIASES);
  if (excess !== null) {
    const { expected, line } = excess;
    return unusable(line === undefined ? expected : `${expected} (line ${line})`);
  }
  const lines = new LineCounter();
  const document = parseBounded(content.text, lines);
  if (document === null) return unusable('fewer levels');
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    return unusable(`YAML (line ${line}, column ${col}: ${codeText(fault.code)})`);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch {
    return unusable('YAML whose aliases have anchors; a text that begins with * needs quotes');
  }
  const expected = 'a map with `targets:`, `queries:` or both';
  if (value === null || value === undefined) return unusable(`${expected}; the file is empty`);
  if (Array.isArray(value)) return unusable(`${expected}, not a list`);
  if (typeof value !== 'object') return unusable(`${expected}, not a ${typeof value}`);
  const parsed = targetsFileSchema.safeParse(value, { error: typeExpected });
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.flatMap((issue) => toProblems(issue, value));
  problems.push(...found.slice(0, MAX_NAMED));
  if (found.length > MAX_NAMED)
    unusable(`no more problems; ${found.length - MAX_NAMED} are not shown`);
  return null;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map with a name as each key, such as "name: { … }"',
};

/** What a value of the wrong type should have been. */
export function typeExpected(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  const type = TYPES[issue.expected] ?? issue.expected;
  return issue.input === undefined ? `${type}; it is missing` : type;
}

/** Keys in which a person may write a secret by mistake; their value is never shown. */
export const HIDDEN_KEYS: ReadonlySet<unknown> = new Set([
  'password_env',
  'password_file',
  'password_command',
  'url',
  'url_env',
  'url_file',
  'client_key',
  'parameters',
  'sql',
]);

/** `BAD_INDENT` → `bad indent`. The parser's own message may quote the file, and so a password. */
function codeText(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

function toProblems(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  const path = issue.path as (string | number)[];
  if (issue.code !== 'unrecognized_keys') {
    const value = path.some((key) => HIDDEN_KEYS.has(key)) ? undefined : valueAt(root, path);
    const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
    const shown = isScalar ? String(value) : null;
    return [{ field: pathText(path), value: shown, expected: issue.message }];
  }
  return issue.keys.map((key) => ({
    field: pathText([...path, /^\w{1,40}$/.test(key) ? key : '(a key that is not text)']),
    value: null,
    expected: /pass/i.test(key)
      ? 'no password in clear: use password_env, password_file or password_command'
      : `one of ${keysAt(path).join(', ')}`,
  }));
}

/** The keys that the map at this path may have. */
function keysAt([list]: readonly (string | number)[]): string[] {
  const schema =
    list === 'targets' ? targetEntry : list === 'queries' ? queryEntry : targetsFileSchema;
  return Object.keys(schema.shape);
}

export function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key],
    root,
  );
}

/** `targets[1].host` */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${key}`))
    .join('');
}
