import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import ts from 'typescript';
import { ENTRY, LAYERS } from './layers.js';

/** @typedef {{ specifier: string, target: string | null, line: number }} Import */

/**
 * The sources below `folder`, by their path in it, with what each imports. Tests are left out.
 *
 * @param {string} folder
 * @returns {Map<string, Import[]>}
 */
export function readImports(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  return new Map(
    files.sort().map((file) => [file, importsOf(file, readFileSync(join(folder, file), 'utf8'))]),
  );
}

/**
 * What one source imports: `target` is a path as in `readImports`, null for a package.
 *
 * @param {string} file
 * @param {string} text
 * @returns {Import[]}
 */
export function importsOf(file, text) {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
    specifier: fileName,
    target: fileName.startsWith('.')
      ? posix.join(dirname(file), fileName).replace(/\.js$/, '.ts')
      : null,
    line: text.slice(0, pos).split('\n').length,
  }));
}

/**
 * The place of a file's folder in LAYERS; -1: it lies in none of them.
 *
 * @param {string} file
 */
export function layerOf(file) {
  return file === ENTRY
    ? -Infinity
    : LAYERS.findIndex(({ folder }) => folder === posix.dirname(file));
}

/**
 * The shortest way from one file to another along the imports; null: there is none.
 *
 * @param {ReadonlyMap<string, readonly Import[]>} imports
 * @param {string} from
 * @param {string} to
 * @returns {string[] | null}
 */
export function wayBetween(imports, from, to) {
  const ways = new Map([[from, [from]]]);
  for (const [file, way] of ways) {
    if (file === to) return way;
    for (const { target } of imports.get(file) ?? []) {
      if (target !== null && !ways.has(target)) ways.set(target, [...way, target]);
    }
  }
  return null;
}
