import { int32, message } from '../messages.js';
import { changeOne, send, type Material, type Mutation } from './mutation.js';

/** Any message that the protocol knows, from either side, and some that it does not. */
const TYPES = Array.from('RSKZENCDTIAGHWdcfnt123svVBFPQX?!\0\xff');
const STATES = ['I', 'T', 'E', 'X', '', 'II', '\0'];

function strange({ random, others }: Material): Buffer {
  if (random.chance(0.5)) return random.pick(others);
  return message(random.pick(TYPES), random.bytes(random.below(30)));
}

/** Well-formed messages where or when they do not belong. */
export const ORDER_MUTATIONS = {
  repeatedMessage: (material) => [
    changeOne(material, (one) =>
      Array.from({ length: material.random.pick([2, 3, 50, 2_000]) }, () => one),
    ),
  ],
  repeatedAnswer: ({ random, answer }) => [
    send(...Array.from({ length: random.between(2, 20) }, () => answer).flat()),
  ],
  reordered: ({ random, answer }) => [send(...random.shuffled(answer))],
  missingMessage: (material) => [changeOne(material, () => [])],
  insertedMessage: (material) => [
    changeOne(material, (one) =>
      material.random.chance(0.5) ? [one, strange(material)] : [strange(material), one],
    ),
  ],
  replacedMessage: (material) => [changeOne(material, () => [strange(material)])],
  anotherAnswer: ({ random, others }) => [
    send(...Array.from({ length: random.between(1, 12) }, () => random.pick(others))),
  ],
  severalResults: ({ random, answer }) => [
    send(
      ...Array.from({ length: random.between(2, 5) }, () => answer.slice(0, -1)).flat(),
      ...answer.slice(-1),
    ),
  ],
  readyState: (material) => [
    changeOne(material, () => [message('Z', material.random.pick(STATES))], 'Z'),
  ],
  neverReady: ({ answer }) => [send(...answer.slice(0, -1))],
  onlyReady: () => [send(message('Z', 'I'))],
  copy: ({ random, answer }) => [
    send(
      message(random.pick(['G', 'H', 'W']), Buffer.from([0, 0, 0])),
      message('d', 'a\tb\n'),
      message('c'),
      ...answer,
    ),
  ],
  otherVersion: ({ answer }) => [
    send(message('v', int32(0x30000), int32(1), '_pq_.x\0'), ...answer),
  ],
  unasked: (material) => [
    send(...material.answer),
    { pauseMs: material.random.between(0, 40) },
    send(strange(material)),
  ],
} as const satisfies Record<string, Mutation>;
