import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { CliDeps, EndSignal, Environment } from '../base/cli-deps.js';
import { LIBPQ_VARIABLES } from '../config/libpq-parameters.js';
import type { ConnectionFields } from '../config/resolve-connection.js';

export interface Place {
  readonly host: string;
  readonly port: number;
  /** The file of the certificate made for the run; null: without TLS. */
  readonly certificateFile: string | null;
}

/** The connection string of the proxy: the database's own, at another place. It has the password in it. */
export function proxyUrl(fields: ConnectionFields, place: Place, withPassword: boolean): string {
  const part = encodeURIComponent;
  const password = fields.password === null || !withPassword ? '' : `:${part(fields.password)}`;
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  const query = new URLSearchParams(
    place.certificateFile === null
      ? { sslmode: 'disable' }
      : { sslmode: 'verify-full', sslrootcert: place.certificateFile, channel_binding: 'disable' },
  );
  if (fields.startupOptions !== undefined) query.set('options', fields.startupOptions);
  const text = query.toString().replaceAll('+', '%20');
  return `postgresql://${part(fields.user)}${password}@${host}:${place.port}/${part(fields.database)}?${text}`;
}

/** The environment with the proxy in place of the database, and without the variables that lead elsewhere. */
export function applicationEnvironment(
  env: Environment,
  fields: ConnectionFields,
  place: Place,
): Record<string, string | undefined> {
  const kept = { ...env };
  for (const name of [...Object.keys(LIBPQ_VARIABLES), 'DATABASE_URL_FILE']) {
    if (!['PGAPPNAME', 'PGCONNECT_TIMEOUT', 'PGPASSFILE'].includes(name))
      Reflect.deleteProperty(kept, name);
  }
  return {
    ...kept,
    DATABASE_URL: proxyUrl(fields, place, true),
    PGHOST: place.host,
    PGPORT: String(place.port),
    PGUSER: fields.user,
    PGDATABASE: fields.database,
    ...(fields.password !== null && { PGPASSWORD: fields.password }),
    ...(fields.startupOptions !== undefined && { PGOPTIONS: fields.startupOptions }),
    ...(place.certificateFile === null
      ? { PGSSLMODE: 'disable' }
      : {
          PGSSLMODE: 'verify-full',
          PGSSLROOTCERT: place.certificateFile,
          PGCHANNELBINDING: 'disable',
        }),
  };
}

/** How an application's process ended. */
export type Ended =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'missing' | 'not-executable' };

/** The command's own, or the one that a shell gives. A command that does not exist is wrong usage. */
export function exitCodeOf(ended: Ended): number {
  if (ended.kind === 'exit') return ended.code;
  if (ended.kind === 'signal') return 128 + constants.signals[ended.signal];
  return 2;
}

export interface Application {
  readonly ended: Promise<Ended>;
  signal(signal: EndSignal): void;
}

/**
 * Starts the command. What it prints goes to standard error: standard output is the report's. A Ctrl-C on the terminal
 * reaches it by itself.
 */
export function startApplication(
  [program = '', ...args]: readonly string[],
  env: Record<string, string | undefined>,
  { stdin, stderr }: Pick<CliDeps, 'stdin' | 'stderr'>,
): Application {
  const child: ChildProcess = spawn(program, args, { env, stdio: ['inherit', stderr, stderr] });
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ kind: error.code === 'ENOENT' ? 'missing' : 'not-executable' });
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? { kind: 'exit', code: code ?? 1 } : { kind: 'signal', signal });
    });
  });
  let signals = 0;
  return {
    ended,
    signal(signal) {
      signals += 1;
      if (signals === 1 && signal === 'SIGINT' && stdin.isTTY) return;
      child.kill(signals > 2 ? 'SIGKILL' : signal);
    },
  };
}

/** A line for people; null: it ended well. */
export function describeEnd(program: string, ended: Ended): string | null {
  switch (ended.kind) {
    case 'missing':
      return `${program}: there is no such command`;
    case 'not-executable':
      return `${program}: it cannot be executed`;
    case 'signal':
      return `${program} was ended by ${ended.signal}; the report has everything until then`;
    case 'exit':
      if (ended.code === 0) return null;
      return `${program} ended with exit code ${ended.code}; the report has everything until then`;
  }
}
