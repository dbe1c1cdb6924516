import { randomBytes } from 'node:crypto';
import { chown, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startOnNewFolder, type EmbeddedPostgres } from './embedded-postgres.js';
import { serverUser } from './postgres-binaries.js';
import { writeForServer } from './postgres-server.js';

export interface EmbeddedReplicaOptions {
  /** Where the replica finds its primary; default: where the primary listens. */
  readonly upstream?: { readonly host: string; readonly port: number };
  /** Server settings, such as `recovery_min_apply_delay`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts a streaming replica of a running embedded PostgreSQL, on a copy of its data folder. The
 * primary keeps a replication slot for it: WAL that the replica has not had is not thrown away. It must
 * be reachable while the replica starts.
 *
 * @throws Error with the server's last words, leaving no process and no folder behind.
 */
export async function startEmbeddedReplica(
  primary: EmbeddedPostgres,
  { upstream = primary, settings = {} }: EmbeddedReplicaOptions = {},
): Promise<EmbeddedPostgres> {
  const slot = `replica_${randomBytes(4).toString('hex')}`;
  return startOnNewFolder(settings, {
    async prepare({ dataDir }) {
      await backUp(primary, slot, dataDir);
      await writeForServer(join(dataDir, 'standby.signal'), '');
      // In a file and not on the command line, which everybody on the machine may read.
      const conninfo = `host=${upstream.host} port=${upstream.port} user=${primary.user} password=${primary.password}`;
      await writeForServer(
        join(dataDir, 'postgresql.auto.conf'),
        `primary_conninfo = '${conninfo}'\nprimary_slot_name = '${slot}'\n`,
      );
      const { user, password, database } = primary.connection;
      return { user, password, database };
    },
  });
}

/** A consistent copy of a running server's data folder: its low-level backup API. */
async function backUp(primary: EmbeddedPostgres, slot: string, dataDir: string): Promise<void> {
  const client = new pg.Client(primary.connection);
  await client.connect();
  try {
    // With its WAL kept from now on.
    await client.query('SELECT pg_create_physical_replication_slot($1, true)', [slot]);
    await client.query('SELECT pg_backup_start($1, fast => true)', [slot]);
    await copyFolder(primary.dataDir, dataDir);
    const { rows } = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    await writeForServer(join(dataDir, 'backup_label'), rows[0]?.labelfile ?? '');
  } finally {
    await client.end();
  }
}

/** Files that describe the running primary and not its data. */
const LEFT_OUT: ReadonlySet<string> = new Set(['postmaster.pid', 'postmaster.opts']);
/** Folders whose content belongs to the running primary; the folders themselves must exist. */
const LEFT_EMPTY: ReadonlySet<string> = new Set(['pg_wal', 'pg_replslot', 'pg_dynshmem']);

async function copyFolder(from: string, to: string): Promise<void> {
  const { uid, gid } = serverUser();
  const own = async (path: string) => {
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
  };
  await mkdir(to, { mode: 0o700 });
  await own(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (LEFT_OUT.has(entry.name)) continue;
    if (LEFT_EMPTY.has(entry.name)) {
      await mkdir(copy, { mode: 0o700 });
      await own(copy);
    } else if (entry.isDirectory()) {
      await copyFolder(source, copy);
    } else {
      // A file that goes while it is copied is brought back or removed by the WAL.
      await copyFile(source, copy).then(() => own(copy), ignoreMissing);
    }
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
