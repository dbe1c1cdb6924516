import { expect, test } from 'vitest';
import { mayBePeer } from './peer-address.js';

test.each(['fe80::1', 'febf::2', '::', 'ff02::1', '::ffff:169.254.169.254', '::ffff:0.0.0.0'])(
  '%s is never a peer',
  (address) => {
    expect(mayBePeer(address, { loopback: true })).toBe(false);
  },
);

test.each(['::1', '::ffff:127.0.0.1', '::ffff:127.9.9.9'])(
  '%s is one only where the name server was named by hand',
  (address) => {
    expect(mayBePeer(address, { loopback: false })).toBe(false);
    expect(mayBePeer(address, { loopback: true })).toBe(true);
  },
);

test.each(['fdaa::3', 'fdaa:0:1:a7b::4', '2001:db8::1', '::ffff:10.0.0.1'])(
  '%s may be one',
  (address) => {
    expect(mayBePeer(address, { loopback: false })).toBe(true);
  },
);
