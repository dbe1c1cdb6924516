import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { messageOf } from '../base/errors.js';
import { endChild, isRunning, keepLastLines } from './child.js';
import { SERVER_ENVIRONMENT, serverUser, type PostgresBinaries } from './postgres-binaries.js';

const USER = 'postgres';
const READY_TIMEOUT_MS = 30_000;
/** How long a server may take to stop before the next, harder signal. */
export const STOP_GRACE_MS = 10_000;
/** SQLSTATE of a server that is not ready yet. */
const CANNOT_CONNECT_NOW = '57P03';

/** How the server's owner reaches it. */
export interface OwnerConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Makes a data folder with initdb: SCRAM passwords, UTF-8, no locale. */
export async function initialiseDataFolder(
  { initdb }: PostgresBinaries,
  { folder, dataDir, password }: { folder: string; dataDir: string; password: string },
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeForServer(passwordFile, password);
  const args = [
    `--pgdata=${dataDir}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
    '--no-sync',
  ];
  try {
    await promisify(execFile)(initdb, args, {
      ...serverUser(),
      cwd: folder,
      env: SERVER_ENVIRONMENT,
    });
  } catch (error) {
    throw new Error(`initdb failed: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Writes a file that the server alone may read. */
export async function writeForServer(path: string, text: string): Promise<void> {
  const { uid, gid } = serverUser();
  await writeFile(path, text, { mode: 0o600 });
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/**
 * Starts the server on a data folder, and returns when it takes sessions.
 *
 * @throws Error with the server's last words.
 */
export async function launchServer(
  { postgres }: PostgresBinaries,
  dataDir: string,
  connection: OwnerConnection,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const all = {
    listen_addresses: connection.host,
    port: String(connection.port),
    unix_socket_directories: '',
    ...settings,
  };
  const child = spawn(
    postgres,
    ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...serverUser(),
      cwd: dataDir,
      env: SERVER_ENVIRONMENT,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const closed = once(child, 'close').catch(() => undefined);
  const log = keepLastLines(child.stderr, 20);
  try {
    await waitUntilReady(child, connection);
    return child;
  } catch (error) {
    await endChild(child, ['SIGQUIT', 'SIGKILL'], STOP_GRACE_MS);
    await closed;
    throw new Error([`${messageOf(error)}; the end of its log:`, ...log].join('\n  '), {
      cause: error,
    });
  }
}

async function waitUntilReady(child: ChildProcess, connection: OwnerConnection): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(connection))) {
    if (!isRunning(child)) throw new Error('the embedded PostgreSQL ended while it started');
    if (performance.now() > deadline) {
      throw new Error(`the embedded PostgreSQL was not ready within ${READY_TIMEOUT_MS / 1_000} s`);
    }
    await delay(20);
  }
}

/** Whether the server takes sessions; one that refuses ours (pg_hba.conf) does take sessions. */
async function answers(connection: OwnerConnection): Promise<boolean> {
  const client = new pg.Client({
    ...connection,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    return error instanceof pg.DatabaseError && error.code !== CANNOT_CONNECT_NOW;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Creates a database. */
export async function createDatabase(connection: OwnerConnection, database: string): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
