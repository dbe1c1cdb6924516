import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFramer } from './framer.js';

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

describe('the framer', () => {
  it('finds the same messages wherever the stream is cut', () => {
    const messages = fc.array(
      fc.record({
        type: fc.constantFrom('Q', 'D', 'Z'),
        body: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(messages, fc.infiniteStream(fc.integer({ min: 1, max: 17 })), (sent, sizes) => {
        const found: string[] = [];
        const framer = createFramer(
          (type) => (type === 0x51 ? 10 : 0),
          (type, body) => found.push(`${String.fromCharCode(type)}${body.toString('hex')}`),
        );
        let stream = Buffer.concat(sent.map(({ type, body }) => message(type, body)));
        while (stream.length > 0) {
          const size = sizes.next().value as number;
          framer.push(stream.subarray(0, size));
          stream = stream.subarray(size);
        }
        expect(framer.isBroken).toBe(false);
        expect(found).toEqual(
          sent.map(
            ({ type, body }) => type + (type === 'Q' ? body.subarray(0, 10).toString('hex') : ''),
          ),
        );
      }),
    );
  });

  it('holds nothing of a row of a gigabyte', () => {
    let messages = 0;
    const framer = createFramer(
      () => 0,
      () => (messages += 1),
    );
    const head = Buffer.from('D\0\0\0\0', 'latin1');
    head.writeInt32BE(2 ** 30, 1);
    const before = process.memoryUsage().arrayBuffers;
    framer.push(head);
    const piece = Buffer.alloc(2 ** 20);
    for (let sent = 4; sent < 2 ** 30; sent += piece.length)
      framer.push(piece.subarray(0, 2 ** 30 - sent));
    expect(messages).toBe(1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
  });

  it.each([0, 3, -1, -2_147_483_648])('gives up at the length %d', (length) => {
    const framer = createFramer(
      () => 0,
      () => undefined,
    );
    const head = Buffer.from('Q\0\0\0\0', 'latin1');
    head.writeInt32BE(length, 1);
    framer.push(head);
    expect(framer.isBroken).toBe(true);
  });
});
