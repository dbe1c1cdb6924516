import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { hostsOf, SOCKET_FOLDERS, type ConnectionHost, type Reader } from './connection-hosts.js';
import { connectionTls } from './connection-tls.js';
import { controlCharacterProblem, identifier } from './fields.js';
import { ruleOf } from './libpq-parameters.js';
import { findPassword } from './password-file.js';
import { parseRequireAuth } from './require-auth.js';
import { searchOf } from './session-attributes.js';
import { NO_TLS, type Target, type TargetHost, type TargetMode, type Tls } from './target.js';

/** A parameter, and what a problem calls the place where it was given. */
export interface GivenParameter {
  readonly name: string;
  readonly value: string;
  readonly field: string;
}

export type ConnectionFields = Pick<
  Target,
  | 'host'
  | 'port'
  | 'user'
  | 'password'
  | 'database'
  | 'tls'
  | 'pooler'
  | 'otherHosts'
  | 'sessionAttributes'
  | 'isLoadBalanced'
  | 'connectTimeoutMs'
  | 'startupOptions'
  | 'isBindingRequired'
  | 'allowedAuthentication'
>;

export interface ResolvedConnection {
  readonly fields: ConnectionFields;
  /** Parameters that do not affect a measurement. */
  readonly leftOut: readonly string[];
  /** Where each value came from. */
  readonly from: Readonly<Record<string, string>>;
}

interface Context {
  /** What a problem calls the whole. */
  readonly field: string;
  readonly env: Environment;
  readonly mode: TargetMode;
  readonly servername: string | undefined;
  readonly servernameField: string;
  readonly problems: Problem[];
}

/** Names what a problem is about. */
interface FieldReader extends Reader {
  field(name: string): string;
}

/**
 * The connection that parameters describe, each honoured or refused; what is left out gets libpq's default. If
 * a name comes twice, the later one counts. Adds every problem, and shows no value: any of them may be a piece
 * of the password.
 */
export function resolveConnection(
  parameters: readonly GivenParameter[],
  context: Context,
): ResolvedConnection {
  const found: Problem[] = [];
  const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const value = (name: string) => {
    const text = given.get(name)?.value;
    return text === '' ? undefined : text;
  };
  const field = (name: string) => given.get(name)?.field ?? `${context.field} ${name}`;
  const complain = (name: string, expected: string) =>
    void found.push({ field: field(name), value: null, expected });
  const reader = { value, field, complain };
  const leftOut = checkNames([...given.values()], found);
  const identity = identityOf(reader);
  const [first, ...others] = endsOf(reader, identity, { ...context, problems: found });
  const fields = {
    ...first,
    ...identity,
    pooler: value('pgbouncer') === 'true',
    ...(others.length > 0 && { otherHosts: others }),
    ...searchOf(reader, context.mode),
    ...(value('options') !== undefined && { startupOptions: value('options') ?? '' }),
    ...authenticationOf(reader, [first, ...others], found.length === 0),
  };
  context.problems.push(...withoutRepetition(found));
  return {
    fields,
    leftOut,
    from: Object.fromEntries(
      ['host', 'hostaddr', 'port', 'user', 'password', 'dbname', 'sslmode', 'service']
        .filter((name) => given.has(name))
        .map((name) => [name, field(name)]),
    ),
  };
}

/** Of several hosts each may have the same one. */
function withoutRepetition(problems: readonly Problem[]): Problem[] {
  const seen = new Map(
    problems.map((problem) => [`${problem.field}\n${problem.expected}`, problem]),
  );
  return [...seen.values()];
}

type Ends = readonly [TargetHost, ...TargetHost[]];

/** Each host with what is its own. */
function endsOf(
  reader: FieldReader,
  { user, database }: { readonly user: string; readonly database: string },
  context: Context,
): Ends {
  const given = reader.value('password');
  const wrong = given === undefined ? null : controlCharacterProblem(given);
  if (wrong !== null) reader.complain('password', wrong);
  const tlsOf = tlsReader(reader, context);
  const endOf = (host: ConnectionHost): TargetHost => ({
    host: host.dial,
    port: host.port,
    password:
      given ??
      passwordFromFile(reader, { host: host.name, port: host.port, database, user }, context),
    tls: tlsOf(host),
  });
  const [first, ...others] = hostsOf(reader);
  return [endOf(first), ...others.map(endOf)];
}

function identityOf({ value, complain }: Reader): { user: string; database: string } {
  const user = value('user') ?? osUser();
  if (user === null) complain('user', 'a user: this process has no name to take in its place');
  const database = value('dbname') ?? user ?? '';
  for (const [name, text] of [
    ['user', user ?? ''],
    ['dbname', database],
  ] as const) {
    const parsed = identifier.safeParse(text);
    if (!parsed.success) complain(name, parsed.error.issues[0]?.message ?? 'a name');
  }
  return { user: user ?? '', database };
}

/** A socket has no TLS, whatever is said, as in libpq. */
function tlsReader(
  { value, field }: FieldReader,
  { env, servername, servernameField, problems }: Context,
): (host: ConnectionHost) => Tls {
  return ({ dial, name }) => {
    if (dial.startsWith('/')) return NO_TLS;
    const isElsewhere = dial !== name && value('sslmode') !== 'disable';
    const sent = servername ?? (isElsewhere ? name : undefined);
    return connectionTls(
      { value, field, servername: sent, servernameField },
      { host: name, home: env.HOME, systemFile: env.SSL_CERT_FILE, problems },
    );
  };
}

/** Refuses what nobody knows and what is not done; returns what is left out. */
function checkNames(given: readonly GivenParameter[], problems: Problem[]): string[] {
  return given.flatMap(({ name, value, field }) => {
    const rule = ruleOf(name);
    if (rule === undefined) {
      const expected = "one of libpq's parameters; this one does not exist";
      problems.push({ field, value: null, expected });
      return [];
    }
    const expected = value === '' ? null : (rule.expected?.(value) ?? null);
    if (expected !== null) problems.push({ field, value: null, expected });
    return rule.effect === 'leftOut' ? [name] : [];
  });
}

function osUser(): string | null {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without a name.
    return null;
  }
}

/** What the server has to prove, and how it may ask for a proof. */
function authenticationOf(
  { value, complain }: Reader,
  ends: Ends,
  isSound: boolean,
): Pick<Target, 'isBindingRequired' | 'allowedAuthentication'> {
  const binding = value('channel_binding');
  if (binding !== undefined && !['disable', 'prefer', 'require'].includes(binding)) {
    complain('channel_binding', 'one of disable, prefer, require');
  }
  if (binding === 'require' && isSound && ends.some(({ tls }) => tls.mode === 'disable')) {
    complain('channel_binding', 'prefer or disable: without TLS there is no channel to bind to');
  }
  const methods = value('require_auth');
  const parsed = methods === undefined ? null : parseRequireAuth(methods);
  if (parsed !== null && 'expected' in parsed) complain('require_auth', parsed.expected);
  return {
    ...(binding === 'require' && { isBindingRequired: true }),
    ...(parsed !== null && 'allowed' in parsed && { allowedAuthentication: parsed.allowed }),
  };
}

function passwordFromFile(
  { value, field }: FieldReader,
  {
    host,
    ...rest
  }: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
  },
  { env, problems }: Context,
): string | null {
  const named = value('passfile');
  const usual = env.HOME === undefined ? undefined : join(env.HOME, '.pgpass');
  const file = named ?? (usual !== undefined && existsSync(usual) ? usual : undefined);
  if (file === undefined) return null;
  // libpq calls the default socket's folder localhost.
  const isUsualFolder = (SOCKET_FOLDERS as readonly string[]).includes(host);
  const hosts = isUsualFolder ? [host, 'localhost'] : [host];
  const found = findPassword(file, { ...rest, hosts });
  if ('password' in found) return found.password === '' ? null : found.password;
  const expected = `a password file that can be used (${found.why})`;
  problems.push({
    field: named === undefined ? '~/.pgpass' : field('passfile'),
    value: null,
    expected,
  });
  return null;
}
