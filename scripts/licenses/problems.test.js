import { readFileSync } from 'node:fs';
import { URL } from 'node:url';
import { expect, it } from 'vitest';
import { licenseProblems } from './problems.js';

const of = (license, more = {}) =>
  licenseProblems({ 'node_modules/a/node_modules/@x/b': { license, ...more } });

it('takes what we depend on', () => {
  const lock = new URL('../../package-lock.json', import.meta.url);
  const { packages } = JSON.parse(readFileSync(lock, 'utf8'));
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  expect(licenseProblems(packages)).toEqual([]);
});

it.each([['MIT'], ['(MIT OR GPL-3.0-only)'], ['(MIT AND ISC)'], ['MPL-2.0', { dev: true }]])(
  'takes %s %j',
  (license, more) => {
    expect(of(license, more)).toEqual([]);
  },
);

it.each([
  ['AGPL-3.0-only', { dev: true }],
  ['GPL-3.0-only', {}],
  ['MPL-2.0', {}],
  ['MIT AND AGPL-3.0-only', {}],
  ['SEE LICENSE IN LICENSE.md', {}],
])('refuses %s %j, and names the package', (license, more) => {
  expect(of(license, more)).toEqual([expect.stringMatching(`^@x/b: ${license} is not allowed`)]);
});

it('refuses a package without a licence', () => {
  expect(licenseProblems({ 'node_modules/b': {} })).toEqual(['b: no licence is named']);
});
