import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDatabase, parseEndpoint, parseNetworks } from './inputs.js';

describe('parseEndpoint', () => {
  it.each(['203.0.113.10:51820', 'hub.example.com:1', '[2001:db8::1]:65535'])('takes %s', (text) =>
    expect(parseEndpoint(text)).toBe(text),
  );

  it.each([
    '',
    '203.0.113.10',
    '203.0.113.10:0',
    '203.0.113.10:65536',
    '2001:db8::1:51820',
    '[203.0.113.10]:51820',
    'hub example:51820',
    'hub.example.com:51820\nPostUp = id',
    '-hub:51820',
  ])('refuses %j', (text) => expect(parseEndpoint(text)).toBeNull());
});

describe('parseNetworks', () => {
  it('takes a list', () =>
    expect(parseNetworks('10.60.1.0/24, 192.0.2.5/32')).toEqual(['10.60.1.0/24', '192.0.2.5/32']));

  it.each([
    '',
    '10.60.1.0',
    '10.60.1.0/33',
    '0.0.0.0/0',
    '10.0.0.0/7',
    '10.0.0/24',
    '::/64',
    ',',
    '10.60.1.0/24/1',
  ])('refuses %j', (text) => expect(parseNetworks(text)).toBeNull());
});

describe('parseDatabase', () => {
  it.each([
    ['db.example.com', { listenPort: 5432, host: 'db.example.com', port: 5432 }],
    ['192.0.2.5:6432', { listenPort: 6432, host: '192.0.2.5', port: 6432 }],
    ['5433=replica.example.com', { listenPort: 5433, host: 'replica.example.com', port: 5432 }],
    [
      '5433=replica.example.com:5432',
      { listenPort: 5433, host: 'replica.example.com', port: 5432 },
    ],
  ])('reads %s', (text, database) => expect(parseDatabase(text)).toEqual(database));

  it.each([
    '',
    'db.example.com:0',
    '0=db.example.com',
    'a b',
    '=db',
    'db:5432:1',
    'db;id',
    '$(id)',
  ])('refuses %j', (text) => expect(parseDatabase(text)).toBeNull());

  it('lets nothing through that a shell would read', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const host = parseDatabase(text)?.host ?? 'none';
        expect(host).toMatch(/^[A-Za-z0-9.-]+$/);
      }),
    );
  });
});
