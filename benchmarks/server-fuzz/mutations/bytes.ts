import { int32 } from '../messages.js';
import { changeOne, send, type Material, type Mutation, type Step } from './mutation.js';

const KIB = 1_024;
const MIB = KIB * KIB;
/** Of a declared length: below its own, wrong by one, at the limits of guard and number. */
const LENGTHS = [0, 1, 3, 4, 5, 8, 30_000, MIB - 8, MIB, MIB + 1, 2 ** 31 - 1, -1, -(2 ** 31)];
/** How long an answer may take to drip. */
const MAX_DRIPS = 300;

function joined({ answer }: Material): Buffer {
  return Buffer.concat(answer);
}

/** Cut in pieces of `size` bytes, with a pause after each. */
function inPieces(bytes: Buffer, size: number, pauseMs: number): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    steps.push({ send: bytes.subarray(at, at + size) }, { pauseMs });
  }
  return steps;
}

/** What is wrong below the level of messages. */
export const BYTE_MUTATIONS = {
  flippedBits(material) {
    const { random } = material;
    const bytes = joined(material);
    for (let flips = random.between(1, 8); flips > 0; flips--) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    return [{ send: bytes }];
  },
  declaredLength: (material) => [
    changeOne(material, (one) => {
      const { random } = material;
      const length = random.chance(0.3)
        ? one.length - 1 + random.pick([-4, -1, 1, 4])
        : random.pick(LENGTHS);
      return [one.subarray(0, 1), int32(length), one.subarray(5)];
    }),
  ],
  truncated(material) {
    const bytes = joined(material);
    const cut = { send: bytes.subarray(0, material.random.below(bytes.length)) };
    const after: Step[] = [{ pauseMs: 0 }, { end: 'fin' }, { end: 'reset' }];
    return [cut, material.random.pick(after)];
  },
  missingBytes(material) {
    const bytes = joined(material);
    const at = material.random.below(bytes.length);
    return [send(bytes.subarray(0, at), bytes.subarray(at + material.random.between(1, 6)))];
  },
  insertedBytes(material) {
    const bytes = joined(material);
    const at = material.random.below(bytes.length);
    const strange = material.random.bytes(material.random.between(1, 40));
    return [send(bytes.subarray(0, at), strange, bytes.subarray(at))];
  },
  garbage: ({ random }) => [{ send: random.bytes(random.between(1, 4 * KIB)) }],
  zeros: ({ random }) => [{ send: Buffer.alloc(random.between(1, 64 * KIB)) }],
  anotherProtocol: ({ random }) => [
    {
      send: Buffer.from(
        random.pick([
          'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
          'SSH-2.0-OpenSSH_9.2\r\n',
          '-ERR unknown command\r\n',
          'J\0\0\0\n8.0.36\0',
        ]),
      ),
    },
    { end: 'fin' },
  ],
  split(material) {
    const bytes = joined(material);
    return inPieces(bytes, material.random.between(1, Math.min(bytes.length, 64)), 0);
  },
  dripped(material) {
    const bytes = joined(material);
    const size = Math.max(1, Math.ceil(bytes.length / MAX_DRIPS));
    return inPieces(bytes, size, material.random.between(1, 8));
  },
} as const satisfies Record<string, Mutation>;
