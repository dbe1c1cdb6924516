import { expect, test } from 'vitest';
import { NO_TLS, placeOf, type Target } from '../../config/target.js';
import { targetKey, targetOfKey } from './held.js';

const host = (name: string) => ({ host: name, port: 5432, password: null, tls: NO_TLS });
const target = (name: string, first: string, ...others: string[]) =>
  ({
    ...{ name, user: 'u', database: 'd', ...host(first) },
    ...(others.length > 0 && { otherHosts: others.map(host) }),
  }) as unknown as Target;

test('a connection is ended on the host that it was made to, and on no other', () => {
  const targets = [target('primary', 'a'), target('main', 'a', 'b', 'c')];
  for (const name of ['a', 'b', 'c']) {
    const found = targetOfKey(targets, targetKey(target('main', name)));
    expect(found?.target.name).toBe('main');
    expect(found?.host).toMatchObject({ name: 'main', host: name });
    expect(found?.host.otherHosts).toBeUndefined();
  }
  expect(targetOfKey(targets, targetKey(target('main', 'd')))).toBeNull();
});

test.each([
  ['db.example.com', 'db.example.com:5432'],
  ['::1', '[::1]:5432'],
  ['/cloudsql/p:r:i', '/cloudsql/p:r:i:5432'],
])('%s is %s', (name, place) => {
  expect(placeOf(host(name))).toBe(place);
});
