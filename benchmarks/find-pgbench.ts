import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findTool } from '../test/helpers/tools.js';

export const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** pgbench on the PATH, or where Debian keeps it, the newest first; null: there is none. */
export async function findPgbench(): Promise<string | null> {
  const onPath = findTool('pgbench');
  if (onPath !== null) return onPath;
  const versions = await readdir(DEBIAN_FOLDER).catch(() => []);
  const [newest] = versions.sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? null : join(DEBIAN_FOLDER, newest, 'bin', 'pgbench');
}
