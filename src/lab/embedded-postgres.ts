import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../base/errors.js';
import { atExit } from './at-exit.js';
import { endChild, isRunning } from './child.js';
import { findFreePort } from './ports.js';
import { preparePostgresBinaries, serverUser, type PostgresBinaries } from './postgres-binaries.js';
import {
  createDatabase,
  initialiseDataFolder,
  launchServer,
  STOP_GRACE_MS,
  writeForServer,
  type OwnerConnection,
} from './postgres-server.js';

const HOST = '127.0.0.1';
const USER = 'postgres';
/** A fast shutdown, then an immediate one, then the end. */
const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'];
const PORT_ATTEMPTS = 5;

export interface EmbeddedPostgresOptions {
  /** Server settings, as in postgresql.conf; they last over a restart. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines before those of pg_hba.conf, which takes the first that matches. */
  readonly hba?: readonly string[];
  /** Files in the data folder, by name, readable by the server alone: `server.crt`, `server.key`. */
  readonly files?: Readonly<Record<string, string>>;
  /** A database to create beside `postgres`, and to name in `connection`. */
  readonly database?: string;
  /** Of another version than the installed one. */
  readonly binaries?: PostgresBinaries;
}

export interface EmbeddedPostgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly dataDir: string;
  /** The postmaster's; undefined while it is stopped. */
  readonly pid: number | undefined;
  /** For `new pg.Client(...)`. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  /** `fast` ends the sessions in order, `immediate` drops them as a crash would. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Starts a stopped server again, on the same port and data. */
  start(): Promise<void>;
  restart(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Stops the server and removes its folder. Further calls do nothing. */
  dispose(): Promise<void>;
}

/**
 * Starts a real PostgreSQL on a free port of 127.0.0.1, with a new data folder below the system's
 * temporary folder, a random password (SCRAM), no Unix socket, and otherwise the server's defaults:
 * `fsync` too, so that an insert costs what it costs. In a process group of its own, because a Ctrl-C
 * on the terminal must not end it before those who use it.
 *
 * @throws Error with the server's last words, leaving nothing behind.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  return startOnNewFolder(options.settings ?? {}, {
    ...(options.binaries && { binaries: options.binaries }),
    async prepare({ folder, dataDir, binaries }) {
      const password = randomBytes(18).toString('base64url');
      await initialiseDataFolder(binaries, { folder, dataDir, password });
      await addFiles(dataDir, options);
      return { user: USER, password, database: options.database ?? 'postgres' };
    },
    async afterStart(connection) {
      if (options.database !== undefined) await createDatabase(connection, options.database);
    },
  });
}

async function addFiles(dataDir: string, { files, hba }: EmbeddedPostgresOptions): Promise<void> {
  for (const [name, text] of Object.entries(files ?? {})) {
    await writeForServer(join(dataDir, name), text);
  }
  if (hba !== undefined) {
    const path = join(dataDir, 'pg_hba.conf');
    await writeForServer(path, [...hba, await readFile(path, 'utf8')].join('\n'));
  }
}

/** How a data folder comes to be. */
export interface DataFolderSource {
  /** Absent: the installed ones. */
  readonly binaries?: PostgresBinaries;
  /** Makes the folder, and says who gets in. */
  prepare(place: {
    /** The server's own; removed with it. */
    folder: string;
    /** Does not exist yet. */
    dataDir: string;
    binaries: PostgresBinaries;
  }): Promise<{ user: string; password: string; database: string }>;
  afterStart?(connection: OwnerConnection): Promise<void>;
}

/**
 * Starts a server on a new data folder.
 *
 * @throws Error with the server's last words, leaving nothing behind.
 */
export async function startOnNewFolder(
  settings: Readonly<Record<string, string>>,
  source: DataFolderSource,
): Promise<EmbeddedPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-postgres-'));
  let child: ChildProcess | undefined;
  const forgetExit = atExit(() => {
    if (child !== undefined && isRunning(child)) child.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const dispose = async () => {
    if (child !== undefined) await endChild(child, STOP_SIGNALS, STOP_GRACE_MS);
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    forgetExit();
  };
  try {
    const server = await prepareServer(folder, settings, source);
    child = await server.launchOnFreePort();
    await source.afterStart?.(server.connection());
    const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
      const signals = mode === 'fast' ? STOP_SIGNALS : STOP_SIGNALS.slice(1);
      if (child !== undefined) await endChild(child, signals, STOP_GRACE_MS);
    };
    const start = async () => {
      if (child === undefined || !isRunning(child)) child = await server.launch();
    };
    return {
      ...server.connection(),
      connection: { ...server.connection(), database: server.database },
      dataDir: server.dataDir,
      get pid() {
        return child !== undefined && isRunning(child) ? child.pid : undefined;
      },
      stop,
      start,
      async restart(mode) {
        await stop(mode);
        await start();
      },
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Makes the data folder; what it returns starts a server on it. */
async function prepareServer(
  folder: string,
  settings: Readonly<Record<string, string>>,
  source: DataFolderSource,
) {
  const { uid, gid } = serverUser();
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  const binaries = await preparePostgresBinaries(folder, source.binaries);
  const dataDir = join(folder, 'data');
  const { user, password, database } = await source.prepare({ folder, dataDir, binaries });
  let port = 0;
  const connection = () => ({ host: HOST, port, user, password });
  const launch = () => launchServer(binaries, dataDir, connection(), settings);
  const launchOnFreePort = async () => {
    for (let attempt = 1; ; attempt += 1) {
      port = await findFreePort();
      try {
        return await launch();
      } catch (error) {
        // Between our look and the server's bind, somebody else may have taken the port.
        if (attempt === PORT_ATTEMPTS || !/Address already in use/.test(messageOf(error)))
          throw error;
      }
    }
  };
  return { dataDir, database, connection, launch, launchOnFreePort };
}
