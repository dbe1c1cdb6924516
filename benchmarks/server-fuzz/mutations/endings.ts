import { dataRow, fields, int32, message } from '../messages.js';
import { send, type Mutation } from './mutation.js';

/** Many times what a connection may hold; what the client's system takes in is no memory of the client. */
const FLOOD_MIB = 24;
const KIB = 1_024;

/** One write of a flood: many small messages, or few large ones. */
function many(one: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: Math.ceil((64 * KIB) / one.length) }, () => one));
}

const notice = fields('N', { S: 'NOTICE', V: 'NOTICE', C: '00000', M: 'flood' });
const FLOODS = [
  notice,
  fields('N', { S: 'NOTICE', M: 'x'.repeat(10_000) }),
  message('S', 'in_hot_standby\0off\0'),
  message('S', `${'x'.repeat(500)}\0${'y'.repeat(500)}\0`),
  message('A', int32(1), 'channel\0payload\0'),
  dataRow(['1']),
  dataRow([]),
  dataRow(['x'.repeat(60_000)]),
  fields('E', { S: 'ERROR', C: '57014', M: 'flood' }),
  message('C', 'SELECT 1\0'),
  message('1'),
  message('Z', 'I'),
];

/** How a conversation ends or does not: silence, closes, resets, floods. */
export const ENDINGS = {
  silence: () => [],
  close: () => [{ end: 'fin' }],
  reset: () => [{ end: 'reset' }],
  closeAfterAnswer: ({ answer }) => [send(...answer), { end: 'fin' }],
  resetAfterAnswer: ({ answer }) => [send(...answer), { end: 'reset' }],
  closeLater: ({ random, answer }) => [
    send(...answer),
    { pauseMs: random.between(1, 200) },
    { end: random.pick(['fin', 'reset']) },
  ],
  shutdown: ({ random, answer }) => [
    send(...answer),
    { pauseMs: random.below(30) },
    send(fields('E', { S: 'FATAL', V: 'FATAL', C: '57P01', M: 'terminating connection' })),
    ...(random.chance(0.8) ? [{ end: 'fin' as const }] : []),
  ],
  late: ({ random, answer }) => [{ pauseMs: random.between(50, 700) }, send(...answer)],
  flood: ({ random }) => [{ flood: many(random.pick(FLOODS)), mib: FLOOD_MIB }],
  floodAfterAnswer: ({ random, answer }) => [
    send(...answer),
    { flood: many(random.pick(FLOODS)), mib: FLOOD_MIB },
  ],
  hugeRow: () => [
    send(Buffer.from('D'), int32(200_000_000), Buffer.from([0, 1]), int32(199_999_990)),
    { flood: Buffer.alloc(64 * KIB, 'x'), mib: FLOOD_MIB },
  ],
  drippedFlood: ({ random }) => {
    const one = random.pick(FLOODS).subarray(0, 60);
    return Array.from({ length: 200 }, () => [{ send: one }, { pauseMs: 1 }]).flat();
  },
  /** A message just within the limit, in the smallest pieces. */
  drippedHugeRow: ({ random }) => [
    send(Buffer.from('D'), int32(1_000_000), Buffer.from([0, 1]), int32(999_990)),
    ...Array.from({ length: 3_000 }, () => [
      { send: Buffer.alloc(random.between(1, 330), 'x') },
      { pauseMs: 0 },
    ]).flat(),
  ],
} as const satisfies Record<string, Mutation>;
