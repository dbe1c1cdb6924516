import { expect, test } from 'vitest';
import { findConnection } from './connection.js';

test('several hosts are refused: the proxy leads to one server', () => {
  const url = 'postgresql://u:hidden@a,b/d?target_session_attrs=primary';
  const inOption = () => findConnection(url, {});
  expect(inOption).toThrow('--upstream host: expected one host');
  expect(inOption).not.toThrow('hidden');
  expect(() => findConnection(undefined, { DATABASE_URL: url })).toThrow('expected one host');
  expect(findConnection('postgresql://u@a/d', {})).toMatchObject({ host: 'a', database: 'd' });
});
