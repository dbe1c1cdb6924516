/** Licences that ask no more than to be named: for what we give to others. */
const SHIPPED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
]);
/** Also for what we work with, and give to nobody. */
const DEVELOPMENT = new Set([...SHIPPED, 'CC0-1.0', 'MPL-2.0']);

/**
 * What is wrong with the licences of a lock file's packages, a line each. `(A OR B)` is one of them, `A AND B` is both.
 *
 * @param {Record<string, { license?: string, dev?: boolean }>} packages by path, as package-lock.json has them
 * @returns {string[]}
 */
export function licenseProblems(packages) {
  return Object.entries(packages).flatMap(([path, { license, dev = false }]) => {
    const name = path.replace(/^.*node_modules\//, '');
    if (name === '') return [];
    if (typeof license !== 'string') return [`${name}: no licence is named`];
    const allowed = dev ? DEVELOPMENT : SHIPPED;
    const takes = license
      .replace(/[()]/g, '')
      .split(' OR ')
      .some((either) => either.split(' AND ').every((each) => allowed.has(each)));
    const what = dev ? 'development' : 'what is shipped';
    return takes
      ? []
      : [`${name}: ${license} is not allowed in ${what}: ${[...allowed].join(', ')}`];
  });
}
