import { existsSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { connectionTls } from './connection-tls.js';
import { controlCharacterProblem, hostName, identifier } from './fields.js';
import { ruleOf } from './libpq-parameters.js';
import { findPassword } from './password-file.js';
import { NO_TLS, type Target, type Tls } from './target.js';

/** A parameter, and what a problem calls the place where it was given. */
export interface GivenParameter {
  readonly name: string;
  readonly value: string;
  readonly field: string;
}

export type ConnectionFields = Pick<
  Target,
  'host' | 'port' | 'user' | 'password' | 'database' | 'tls' | 'pooler'
> &
  Pick<Target, 'startupOptions' | 'isBindingRequired'>;

export interface ResolvedConnection {
  readonly fields: ConnectionFields;
  /** Parameters that are no matter of a measurement. */
  readonly leftOut: readonly string[];
  /** Where each value came from. */
  readonly from: Readonly<Record<string, string>>;
}

interface Context {
  /** What a problem calls the whole. */
  readonly field: string;
  readonly env: Environment;
  readonly servername: string | undefined;
  readonly servernameField: string;
  readonly problems: Problem[];
}

const DEFAULT_PORT = 5432;
/** Debian's, and PostgreSQL's own. */
const SOCKET_FOLDERS = ['/var/run/postgresql', '/tmp'] as const;

/**
 * The connection that parameters describe, each honoured or refused; what is left out gets libpq's default. Of
 * two of one name the later one holds. Adds every problem, and shows no value: any of them may be a piece of
 * the password.
 */
export function resolveConnection(
  parameters: readonly GivenParameter[],
  context: Context,
): ResolvedConnection {
  const { env, problems } = context;
  const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const value = (name: string) => {
    const text = given.get(name)?.value;
    return text === '' ? undefined : text;
  };
  const field = (name: string) => given.get(name)?.field ?? `${context.field} ${name}`;
  const complain = (name: string, expected: string) =>
    problems.push({ field: field(name), value: null, expected });
  const leftOut = checkNames([...given.values()], problems);
  const port = portOf(value('port'), (expected) => complain('port', expected));
  const host = hostOf({ value, complain }, port);
  const { user, database } = identityOf({ value, complain });
  const tls = tlsOf({ value, field }, host, context);
  const isBindingRequired = bindingOf(value('channel_binding'), complain);
  if (isBindingRequired && tls.mode === 'disable' && problems.length === 0) {
    complain('channel_binding', 'prefer or disable: without TLS there is no channel to bind to');
  }
  const password =
    value('password') ??
    passwordFromFile({ value, field, env, problems }, { host: host.name, port, database, user });
  const wrong = password === null ? null : controlCharacterProblem(password);
  if (wrong !== null) complain('password', wrong);
  const options = value('options');
  return {
    fields: {
      host: host.dial,
      port,
      user,
      password,
      database,
      tls,
      pooler: value('pgbouncer') === 'true',
      ...(options !== undefined && { startupOptions: options }),
      ...(isBindingRequired && { isBindingRequired }),
    },
    leftOut,
    from: Object.fromEntries(
      ['host', 'hostaddr', 'port', 'user', 'password', 'dbname', 'sslmode']
        .filter((name) => given.has(name))
        .map((name) => [name, field(name)]),
    ),
  };
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
function tlsOf(
  { value, field }: Pick<Reader, 'value'> & { field: (name: string) => string },
  host: { dial: string; name: string },
  { env, servername, servernameField, problems }: Context,
): Tls {
  if (host.dial.startsWith('/')) return NO_TLS;
  const isElsewhere = host.dial !== host.name && value('sslmode') !== 'disable';
  return connectionTls(
    {
      value,
      field,
      servername: servername ?? (isElsewhere ? host.name : undefined),
      servernameField,
    },
    { host: host.name, home: env.HOME, systemFile: env.SSL_CERT_FILE, problems },
  );
}

/** Refuses what nobody knows and what is not done; returns what is left out. */
function checkNames(given: readonly GivenParameter[], problems: Problem[]): string[] {
  return given.flatMap(({ name, value, field }) => {
    const rule = ruleOf(name);
    if (rule === 'used' || rule === 'leftOut') return rule === 'used' ? [] : [name];
    const expected =
      rule === undefined ? "one of libpq's parameters: nobody knows this one" : rule(value);
    if (expected !== null) problems.push({ field, value: null, expected });
    return name === 'pgbouncer' || name === 'target_session_attrs' ? [] : [name];
  });
}

function portOf(text: string | undefined, complain: (expected: string) => void): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  // Several ports come with several hosts, which are refused.
  if (!text.includes(',')) {
    complain(
      'a whole number from 1 to 65535; in a password write / as %2F, ? as %3F and : as %3A, so that it does not end there',
    );
  }
  return DEFAULT_PORT;
}

interface Reader {
  value(name: string): string | undefined;
  complain(name: string, expected: string): void;
}

/** What is dialled, and what the certificate and the password file call it. */
function hostOf({ value, complain }: Reader, port: number): { dial: string; name: string } {
  const name = value('host');
  const address = value('hostaddr');
  for (const [key, text] of [
    ['host', name],
    ['hostaddr', address],
  ] as const) {
    if (text?.includes(',') === true) {
      complain(
        key,
        'one host: list each of them in TARGETS_FILE as a target of its own, or name the one that leads to the primary',
      );
      return { dial: 'unknown', name: 'unknown' };
    }
  }
  const dial = address ?? name ?? socketFolder(port);
  const isUsable = (text: string) =>
    text.startsWith('/') || hostName.safeParse(text).success || isZoned(text);
  if (!isUsable(dial)) {
    complain(
      address === undefined ? 'host' : 'hostaddr',
      'a host name, an IP address or the folder of a Unix socket',
    );
  }
  return { dial, name: name ?? dial };
}

/** `fe80::1%eth0` */
function isZoned(host: string): boolean {
  const [address = '', zone = ''] = host.split('%');
  return isIPv6(address) && /^[\w.-]{1,32}$/.test(zone);
}

function socketFolder(port: number): string {
  const found = SOCKET_FOLDERS.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`)));
  return found ?? SOCKET_FOLDERS[0];
}

function osUser(): string | null {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without a name.
    return null;
  }
}

function bindingOf(text: string | undefined, complain: Reader['complain']): boolean {
  if (text !== undefined && !['disable', 'prefer', 'require'].includes(text)) {
    complain('channel_binding', 'one of disable, prefer, require');
  }
  return text === 'require';
}

function passwordFromFile(
  {
    value,
    field,
    env,
    problems,
  }: Pick<Reader, 'value'> & {
    field: (name: string) => string;
    env: Environment;
    problems: Problem[];
  },
  { host, ...rest }: { host: string; port: number; database: string; user: string },
): string | null {
  const named = value('passfile');
  const usual = env.HOME === undefined ? undefined : join(env.HOME, '.pgpass');
  const file = named ?? (usual !== undefined && existsSync(usual) ? usual : undefined);
  if (file === undefined) return null;
  // libpq calls the default socket's folder localhost.
  const hosts =
    host === SOCKET_FOLDERS[0] || host === SOCKET_FOLDERS[1] ? [host, 'localhost'] : [host];
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
