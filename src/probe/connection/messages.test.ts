import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMessageGuard } from './messages.js';

const int32 = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(n);
  return bytes;
};
const message = (type: string, body: Buffer | string) => {
  const bytes = Buffer.from(body as string);
  return Buffer.concat([Buffer.from(type), int32(bytes.length + 4), bytes]);
};
const READY = message('Z', 'I');
const STARTUP = Buffer.concat([message('R', int32(0)), message('K', Buffer.alloc(8)), READY]);

function openGuard() {
  const guard = createMessageGuard();
  guard.take(STARTUP);
  return guard;
}

test('passes an answer on whole, however the bytes arrive', () => {
  const answer = Buffer.concat([
    message('D', '\0\x01\0\0\0\x011'),
    message('C', 'SELECT 1\0'),
    READY,
  ]);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: answer.length - 1 }), { maxLength: 5 }),
      (cuts) => {
        const guard = openGuard();
        guard.expectAnswer();
        const edges = [0, ...cuts.sort((a, b) => a - b), answer.length];
        const passed = edges.slice(1).map((end, i) => guard.take(answer.subarray(edges[i], end)));
        expect(Buffer.concat(passed)).toEqual(answer);
        expect(guard.isExpecting()).toBe(false);
      },
    ),
  );
});

test.each([
  ['an error without its end', message('E', 'SERROR\0Mno end\0'), 'a malformed message of type E'],
  [
    'a row of a negative number of fields',
    message('D', '\xff\xff'),
    'a malformed message of type D',
  ],
  [
    'a field longer than its row',
    message('D', '\0\x01\0\0\0\x09x'),
    'a malformed message of type D',
  ],
  ['a length below its own', Buffer.from([0x43, 0, 0, 0, 3]), 'a message of length 3'],
  [
    'two gigabytes that are only announced',
    Buffer.concat([Buffer.from('D'), int32(2e9)]),
    'more than 64 KiB',
  ],
  ['a request for the password in a session', message('R', int32(3)), 'a message of type R'],
  ['a COPY', message('G', '\0\0\0'), 'the server began a COPY'],
  [
    'a flood of the smallest notices',
    Buffer.concat(Array<Buffer>(1_001).fill(message('N', '\0'))),
    'more than 1000 notices',
  ],
  ['a type that there is none of', message('?', ''), 'a message of type ?'],
])('ends the connection for %s', (_, bytes, text) => {
  const guard = openGuard();
  guard.expectAnswer();
  expect(() => guard.take(bytes)).toThrow(text);
});

test('an answer that nobody asked for is none', () => {
  expect(() => openGuard().take(READY)).toThrow('a message of type Z');
});

test('Kerberos is named, and is a failure of authentication', () => {
  const ask = () => createMessageGuard().take(message('R', int32(7)));
  expect(ask).toThrow(expect.objectContaining({ reason: 'auth' }) as Error);
  expect(ask).toThrow('GSSAPI');
});

test('an error of a megabyte at the login is too long, and not a server that cannot fork', () => {
  const error = message('E', `SFATAL\0C28P01\0M${'q'.repeat(1 << 20)}\0\0`);
  expect(() => createMessageGuard().take(error)).toThrow(
    expect.objectContaining({ reason: 'protocol' }) as Error,
  );
});

test('an answer of another protocol is said to be none, and not too much of one', () => {
  const answer = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');
  expect(() => createMessageGuard().take(answer)).toThrow(
    'a message of type H, which no PostgreSQL',
  );
});

test('random bytes end the connection or are waited for, and never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const guard = openGuard();
      guard.expectAnswer();
      try {
        guard.take(Buffer.from(bytes));
      } catch (error) {
        expect(error).toHaveProperty('reason');
      }
    }),
  );
});

test('a megabyte that drips in does not hold up the thread: no byte is copied again with each that comes', () => {
  const pieces = Array.from({ length: 9_990 }, () => Buffer.alloc(100, 'x'));
  const timeOf = (work: () => void) => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  };
  const guard = openGuard();
  guard.expectAnswer(1_048_576);
  guard.take(
    Buffer.concat([Buffer.from('D'), int32(1_000_000), Buffer.from('\0\x01'), int32(999_990)]),
  );
  const tookMs = timeOf(() => {
    for (const piece of pieces) guard.take(piece);
  });
  let copied = Buffer.alloc(0);
  const copyingMs = timeOf(() => {
    for (const piece of pieces) copied = Buffer.concat([copied, piece]);
  });
  expect(tookMs).toBeLessThan(copyingMs / 3);
});
