import { afterEach, expect, test } from 'vitest';
import { createLookUpProcess, type LookUpProcess } from './look-up-process.js';

let own: LookUpProcess | undefined;

afterEach(() => own?.close());

test.each([
  ['with getent', {}],
  ['without getent, as on macOS', { path: '/nowhere' }],
])('%s a name of the hosts file has its address, and an unknown one none', async (_, options) => {
  own = createLookUpProcess(options);
  const found = await Promise.all([own.lookUp('localhost'), own.lookUp('unknown.invalid')]);
  expect(found[0]).toContain('127.0.0.1');
  expect(found[1]).toEqual([]);
});
