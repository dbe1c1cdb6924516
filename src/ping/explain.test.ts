import { describe, expect, test } from 'vitest';
import { NO_TLS } from '../config/target.js';
import { explain, roundTripsOf } from './explain.js';
import type { Opened } from './pinger.js';

const ENCRYPTED = { ...NO_TLS, mode: 'require' } as const;

function opened(
  phases: { tcpMs: number; tlsMs: number | null; startupMs: number },
  more = {},
): Opened {
  const { tcpMs, tlsMs, startupMs } = phases;
  return {
    ok: true,
    facts: {
      phases: { dnsMs: null, ...phases },
      address: '192.0.2.1',
      tlsVersion: tlsMs === null ? null : 'TLSv1.3',
      certificateNotAfterMs: null,
    },
    connectMs: tcpMs + (tlsMs ?? 0) + startupMs,
    addresses: ['192.0.2.1'],
    failedAttempts: [],
    authentication: 'scram-sha-256',
    serverVersion: 170_004,
    isPooler: false,
    ...more,
  };
}

describe('the round trips of a connection', () => {
  test.each([
    ['SCRAM without TLS', opened({ tcpMs: 86, tlsMs: null, startupMs: 258 }), NO_TLS, 4],
    ['TLS 1.3', opened({ tcpMs: 86, tlsMs: 172, startupMs: 258 }), ENCRYPTED, 6],
    [
      'TLS 1.3 whose first curve is not taken',
      opened({ tcpMs: 86, tlsMs: 258, startupMs: 258 }),
      ENCRYPTED,
      7,
    ],
    [
      'a relay that answers TCP by itself',
      opened({ tcpMs: 1, tlsMs: 258, startupMs: 258 }),
      ENCRYPTED,
      6,
    ],
    [
      'direct TLS',
      opened({ tcpMs: 86, tlsMs: 86, startupMs: 258 }),
      { ...ENCRYPTED, negotiation: 'direct' as const },
      5,
    ],
    [
      'a server that trusts us',
      opened({ tcpMs: 86, tlsMs: null, startupMs: 86 }, { authentication: 'none' }),
      NO_TLS,
      2,
    ],
    [
      'MD5',
      opened({ tcpMs: 86, tlsMs: null, startupMs: 172 }, { authentication: 'md5' }),
      NO_TLS,
      3,
    ],
  ])('%s', (_, it, tls, sum) => {
    expect(roundTripsOf(it, tls, 86).sum).toBe(sum);
  });

  test('a near server tells nothing by its times', () => {
    expect(roundTripsOf(opened({ tcpMs: 0.1, tlsMs: 9, startupMs: 9 }), ENCRYPTED, 0.2).tls).toBe(
      2,
    );
  });
});

test('says what a connection costs, beside what, and what would save it', () => {
  const it = opened({ tcpMs: 86, tlsMs: 258, startupMs: 252 });
  const text = explain(it, { host: 'db', tls: ENCRYPTED }, { queryMs: 86, noun: 'query' });
  expect(text).toBe(
    'A new connection costs 7 round trips, 6.9 × a query: 1 for TCP, 3 for TLS and 3 for the startup; ' +
      '596.0 ms in all. `sslnegotiation=direct` would save one of them; a pooler beside the application, ' +
      'or connections that it keeps open, would save nearly all of it.',
  );
});

test('does not promise what an older server cannot do, or compare with what was not measured', () => {
  const it = opened({ tcpMs: 86, tlsMs: 258, startupMs: 252 }, { serverVersion: 150_002 });
  const text = explain(it, { host: 'db', tls: ENCRYPTED }, { queryMs: null, noun: 'query' });
  expect(text).toContain('would save one of them, from PostgreSQL 17 on');
  expect(text).not.toContain('×');
});

test('a socket of this machine has no round trips', () => {
  const it = opened({ tcpMs: 0.1, tlsMs: null, startupMs: 2 });
  const text = explain(it, { host: '/tmp', tls: NO_TLS }, { queryMs: 0.1, noun: 'query' });
  expect(text).toContain('no network');
  expect(text).not.toContain('round trip');
});
