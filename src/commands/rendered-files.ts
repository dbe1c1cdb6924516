import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CliDeps } from '../base/cli-deps.js';
import { ConfigError, type Problem } from '../base/errors.js';
import { readFleetFile } from '../config/fleet-file.js';
import type { FleetFile } from '../config/fleet-file-schema.js';

type Deps = Pick<CliDeps, 'stdout' | 'stderr'>;
/** The content of each file, by its path in the folder. */
type Files = ReadonlyMap<string, string>;

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

/** A folder of the package: its files with this ending, by their paths in it. */
export const ofPackage = (folder: string, ending?: string) =>
  filesOf(join(PACKAGE, folder), ending);

/** @throws ConfigError with every problem */
export function loadFleet(path: string): FleetFile {
  const problems: Problem[] = [];
  const fleet = readFleetFile(path, problems);
  if (fleet === null) throw new ConfigError(problems);
  return fleet;
}

/**
 * Writes the files and prints their paths. With `check` nothing is written.
 *
 * @param command what is to be called where a file is not up to date
 * @returns the exit code: with `check` 1 where one is missing or differs
 */
export function settle(
  folder: string,
  files: Files,
  { check, command }: { readonly check: boolean; readonly command: string },
  deps: Deps,
): number {
  return check ? compare(folder, files, command, deps) : write(folder, files, deps);
}

/** A folder's files with this ending, by their paths in it; none where there is no folder. */
function filesOf(folder: string, ending = ''): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function write(folder: string, files: Files, { stdout }: Deps): number {
  for (const [name, text] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    stdout.write(`${path}\n`);
  }
  return 0;
}

function compare(folder: string, files: Files, command: string, { stderr }: Deps): number {
  const drifted = [...files].filter(([name, text]) => contentOf(join(folder, name)) !== text);
  for (const [name] of drifted) {
    const path = join(folder, name);
    const why = existsSync(path) ? 'is out of date' : 'is missing';
    stderr.write(`${path} ${why}: ${command}\n`);
  }
  return drifted.length === 0 ? 0 : 1;
}

function contentOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
