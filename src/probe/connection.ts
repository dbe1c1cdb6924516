import net from 'node:net';
import pg from 'pg';
import type { Target, Tls } from '../target.js';
import { StandbyError } from './failure.js';
import type { Clock } from './measure.js';

/** An open connection to a target. */
export interface Connection {
  readonly client: pg.Client;
  /** False once the server or the network ended it. */
  isAlive(): boolean;
  /** Ends it at once, without a word to the server: for a connection that does not answer. */
  destroy(): void;
  /** Ends it in good order. Never throws. */
  close(): Promise<void>;
}

/**
 * The server ends a statement before the client gives up on it, so that a timed-out statement does
 * not go on running there.
 */
const SERVER_TIMEOUT_SHARE = 0.9;

/** The statement_timeout that belongs to a client's deadline. */
export function serverTimeoutMs(timeoutMs: number): number {
  return Math.ceil(timeoutMs * SERVER_TIMEOUT_SHARE);
}

/**
 * Opens a connection: TCP, TLS, authentication, up to ReadyForQuery. The clock restarts when the
 * host's address is known, because resolving a name is not the database's doing. A read-write target
 * that says it is a standby is a failure.
 *
 * `interrupted` destroys the socket while it is being opened.
 */
export async function openConnection(
  target: Target,
  applicationName: string,
  interrupted: AbortSignal,
  clock?: Clock,
): Promise<Connection> {
  // Our own socket, because it is the only handle on a connection that is still being opened.
  const socket = new net.Socket();
  socket.once('lookup', () => clock?.restart());
  const destroy = () => socket.destroy();
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    user: target.user,
    // A function, because node-postgres looks in PGPASSWORD and ~/.pgpass when there is no value.
    password: () => target.password ?? '',
    database: target.database,
    ssl: tlsOptions(target.tls),
    application_name: applicationName,
    ...sessionSettings(target),
    keepAlive: true,
    stream: () => socket,
  });
  const reported = new Map<string, string>();
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatus) => {
    reported.set(parameterName, parameterValue);
  });
  let alive = true;
  client.once('end', () => (alive = false));
  // Without a listener, a backend that the server terminates would end this process.
  client.on('error', () => (alive = false));
  interrupted.addEventListener('abort', destroy, { once: true });
  try {
    clock?.restart();
    await client.connect();
    if (target.mode === 'read-write' && reported.get('in_hot_standby') === 'on') {
      throw new StandbyError();
    }
  } catch (error) {
    destroy();
    throw error;
  } finally {
    interrupted.removeEventListener('abort', destroy);
  }
  return {
    client,
    isAlive: () => alive && !socket.destroyed,
    destroy,
    close: () => closeGracefully(client, socket),
  };
}

/** Startup parameters; a pooler refuses them, and there only the client's deadline holds. */
function sessionSettings({ pooler, operationTimeoutMs }: Target): pg.ClientConfig {
  return pooler ? {} : { statement_timeout: serverTimeoutMs(operationTimeoutMs) };
}

/** A setting that the server reports by itself; `in_hot_standby` is one from PostgreSQL 14 on. */
interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/** How long a server may take to say goodbye, in milliseconds. */
const GOODBYE_MS = 1_000;

async function closeGracefully(client: pg.Client, socket: net.Socket): Promise<void> {
  const impatience = setTimeout(() => socket.destroy(), GOODBYE_MS);
  try {
    await client.end();
  } catch {
    socket.destroy();
  } finally {
    clearTimeout(impatience);
  }
}

/** As an object and never by a URL's sslmode, which node-postgres reads in its own way. */
function tlsOptions(tls: Tls): pg.ClientConfig['ssl'] {
  switch (tls.mode) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-full':
      return {
        rejectUnauthorized: true,
        ca: tls.ca as string | string[],
        ...(tls.servername === null ? {} : { servername: tls.servername }),
      };
  }
}
