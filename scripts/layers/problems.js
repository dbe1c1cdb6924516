import { posix } from 'node:path';
import { layerOf, wayBetween } from './imports.js';
import { LAYERS, PACKAGES } from './layers.js';

/** @typedef {import('./imports.js').Import} Import */

/**
 * What is wrong with the place of one source, or with what it imports: a line and a text each.
 *
 * @param {string} file a path in src/
 * @param {ReadonlyMap<string, readonly Import[]>} imports of all sources
 * @returns {{ line: number, text: string }[]}
 */
export function problemsOf(file, imports) {
  const own = layerOf(file);
  if (own === -1) return [{ line: 1, text: misplaced(file, imports) }];
  return (imports.get(file) ?? []).flatMap(({ specifier, target, line }) => {
    const text =
      target === null
        ? problemOfPackage(own, specifier)
        : (problemOfLayers(file, target) ?? circle(file, target, imports));
    return text === null ? [] : [{ line, text }];
  });
}

function problemOfPackage(own, specifier) {
  if (own === -Infinity) return null;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const allowed = PACKAGES[name];
  if (allowed === undefined || allowed.includes(LAYERS[own]?.folder)) return null;
  return `only ${allowed.join(', ')} may import ${name}`;
}

function problemOfLayers(file, target) {
  const [own, other] = [layerOf(file), layerOf(target)];
  if (target.startsWith('..')) return 'src/ imports nothing from outside of it';
  if (own === other || own === -Infinity || other === -1) return null;
  const [upper, lower] = [LAYERS[other]?.folder ?? 'the entry', LAYERS[own]];
  if (other < own) {
    return (
      `src/${lower.folder} lies below src/${upper}: move this file to ${upper} or above it, ` +
      `move ${target} to ${lower.folder} or below it, or take what you need as a parameter`
    );
  }
  const { only } = lower;
  if (only === undefined || only.includes(upper) || only.includes(target)) return null;
  const allowed = only.join(', ') || 'no other folder of src/';
  return `src/${lower.folder} imports from ${allowed}, and not from ${target}`;
}

function circle(file, target, imports) {
  const way = wayBetween(imports, target, file);
  return way === null ? null : `a circle of imports: ${[file, ...way].join(' → ')}`;
}

/** Where a file in none of the folders belongs: not above what imports it, not below what it imports. */
function misplaced(file, imports) {
  const placed = (files) => files.map(layerOf).filter((layer) => layer >= 0);
  const imported = (imports.get(file) ?? []).flatMap(({ target }) => target ?? []);
  const importing = [...imports].flatMap(([other, its]) =>
    its.some(({ target }) => target === file) ? [other] : [],
  );
  const highest = Math.max(0, ...placed(importing));
  const lowest = Math.min(LAYERS.length - 1, ...placed(imported));
  const [upper, lower] = [LAYERS[highest].folder, LAYERS[lowest].folder];
  const where =
    highest > lowest
      ? `${upper} imports it, and it imports from ${lower}, which is above ${upper}: split it`
      : `By its imports it belongs to ${lower}${highest < lowest ? `, or above that, up to ${upper}` : ''}`;
  const what = posix.dirname(file) === '.' ? 'lies loose in src/' : 'lies in an unknown folder';
  return `src/${file} ${what}. ${where}. docs/design.md says what each folder holds.`;
}
