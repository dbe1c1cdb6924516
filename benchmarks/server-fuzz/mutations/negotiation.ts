import { fields, int32 } from '../messages.js';
import type { Random } from '../random.js';
import type { Step } from './mutation.js';

const AGREES = Buffer.from('S');

/** What is answered to a request for TLS instead of an S; empty steps: nothing. */
const NEGOTIATIONS: Readonly<Record<string, (random: Random) => readonly Step[]>> = {
  noTls: () => [{ send: Buffer.from('N') }],
  noTlsAndMore: (random) => [{ send: Buffer.concat([Buffer.from('N'), random.bytes(20)]) }],
  unencryptedData: (random) => [{ send: Buffer.concat([AGREES, random.bytes(50)]) }],
  agreesAndTalks: (random) => [{ send: AGREES }, { pauseMs: 5 }, { send: random.bytes(300) }],
  agreesAndAlerts: (random) => [
    { send: AGREES },
    { pauseMs: 5 },
    { send: Buffer.from([0x15, 3, 3, 0, 2, random.pick([1, 2]), random.below(120)]) },
  ],
  agreesAndFloods: () => [
    { send: AGREES },
    // Records of a handshake that never ends.
    {
      flood: Buffer.concat([Buffer.from([0x16, 3, 3, 0x40, 0]), Buffer.alloc(0x4000, 11)]),
      mib: 8,
    },
  ],
  agreesAndIsSilent: () => [{ send: AGREES }],
  agreesAndCloses: (random) => [{ send: AGREES }, { end: random.pick(['fin', 'reset']) }],
  nothing: () => [],
  close: () => [{ end: 'fin' }],
  reset: () => [{ end: 'reset' }],
  garbage: (random) => [{ send: random.bytes(random.between(1, 5_000)) }],
  anotherLetter: (random) => [{ send: random.bytes(1) }],
  error: () => [
    { send: fields('E', { S: 'FATAL', C: '53300', M: 'too many clients' }) },
    { end: 'fin' },
  ],
  errorWithoutEnd: () => [
    { send: Buffer.concat([Buffer.from('E'), int32(100), Buffer.from('SFATAL')]) },
  ],
  errorOfWrongLength: (random) => [
    {
      send: Buffer.concat([
        Buffer.from('E'),
        int32(random.pick([0, 3, 4, -1, 2 ** 31 - 1, 30_000])),
        random.bytes(random.below(100)),
      ]),
    },
  ],
  drippedError: () =>
    [...fields('E', { S: 'FATAL', C: '53300', M: 'too many clients' })].flatMap((byte) => [
      { send: Buffer.from([byte]) },
      { pauseMs: 1 },
    ]),
  endlessError: () => [
    { send: Buffer.from('Ecould not fork') },
    { flood: Buffer.alloc(65_536, 'x'), mib: 8 },
  ],
};

export function pickNegotiation(random: Random): { name: string; steps: readonly Step[] } {
  const name = random.pick(Object.keys(NEGOTIATIONS));
  return { name, steps: NEGOTIATIONS[name]?.(random) ?? [] };
}
