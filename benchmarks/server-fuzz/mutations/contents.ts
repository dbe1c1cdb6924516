import { dataRow, fields, HEADER_BYTES, int16, int32, message, typeOf } from '../messages.js';
import type { Random } from '../random.js';
import { changeOne, send, type Mutation } from './mutation.js';

const COUNTS = [0, 1, 2, 3, 100, 1_664, 32_767, -1, -32_768];
/** In the place of a number, a name, a time or a truth. */
const VALUES = [
  null,
  '',
  't',
  'f',
  '0',
  '-1',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '99999999999999999999999999',
  '0x10',
  ' 1 ',
  '1,5',
  '\u0000',
  '\u001b[2J',
  '\u202e',
  '💥',
  'x'.repeat(100_000),
];
const CODES = [
  '57P01', '57014', '53300', '28P01', '28000', '3D000', '08P01', '42P01', '25006', '40001', 'XX000',
  '00000', '', 'x', '42p01', '💥', 'ENOENT', 'ECONNRESET', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ABORT_ERR',
  'x'.repeat(10_000),
]; // prettier-ignore
const TEXTS = [
  '',
  'no',
  'unsupported startup parameter: statement_timeout',
  'unsupported startup parameter in options: x',
  '\u001b[31m\u202eevil\r\n{"level":50}',
  'ü'.repeat(20_000),
  '%s %d ${x} {{x}}',
  '__proto__',
];
const SETTINGS = [
  'in_hot_standby', 'server_version', 'client_encoding', 'DateStyle', 'standard_conforming_strings',
  '__proto__', 'constructor', '',
]; // prettier-ignore
const SETTING_VALUES = ['on', 'off', '', '0', '99.99.99', '-1', '17devel', 'SQL_ASCII', '9'.repeat(99), 'x'.repeat(50_000)]; // prettier-ignore
const AUTHENTICATIONS = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, -1, 2 ** 31 - 1];
const MECHANISMS = [
  'SCRAM-SHA-256\0\0', 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0', 'SCRAM-SHA-256-PLUS\0\0', 'OAUTHBEARER\0\0',
  '\0', '', 'SCRAM-SHA-256', 'x\0'.repeat(10_000),
]; // prettier-ignore
const SCRAM_TEXTS = [
  '', 'r=', 'r=x,s=,i=1', 'r=x,s=AAAA,i=0', 'r=x,s=AAAA,i=-1', 'r=x,s=AAAA,i=NaN', 'r=x,s=%%%,i=4096',
  'v=', 'v=AAAA', 'e=invalid-proof', ',,,,', '=', '\u0000'.repeat(20), 'v=x'.repeat(20_000),
]; // prettier-ignore

function error(random: Random, type: 'E' | 'N'): Buffer {
  const severity = random.pick(['ERROR', 'FATAL', 'PANIC', 'FEHLER', 'NOTICE', '']);
  return fields(type, {
    S: severity,
    V: severity,
    ...(random.chance(0.9) && { C: random.pick(CODES) }),
    ...(random.chance(0.9) && { M: random.pick(TEXTS) }),
    ...(random.chance(0.2) && { P: '-99', q: random.pick(TEXTS), L: 'NaN' }),
  });
}

/** The values of a row, as far as it is one. */
function valuesOf(row: Buffer): (Buffer | null)[] {
  if (typeOf(row) !== 'D') return [];
  const values: (Buffer | null)[] = [];
  for (let at = HEADER_BYTES + 2; at + 4 <= row.length;) {
    const length = row.readInt32BE(at);
    values.push(length < 0 ? null : row.subarray(at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return values;
}

/** Wrong contents of messages whose frame is right. */
export const CONTENT_MUTATIONS = {
  value: (material) => [
    changeOne(
      material,
      (row) => {
        const values = valuesOf(row);
        const place = material.random.below(Math.max(1, values.length));
        return [
          dataRow(values.map((value, i) => (i === place ? material.random.pick(VALUES) : value))),
        ];
      },
      'D',
    ),
  ],
  fieldCount: (material) => [
    changeOne(
      material,
      (row) => {
        const count = material.random.pick(COUNTS);
        // Either the count alone is wrong, or the row has as many.
        return material.random.chance(0.5)
          ? [row.subarray(0, HEADER_BYTES), int16(count), row.subarray(HEADER_BYTES + 2)]
          : [dataRow(Array.from({ length: Math.max(0, count) }, () => '1'))];
      },
      'DT',
    ),
  ],
  valueLength: (material) => [
    changeOne(
      material,
      (row) => [
        row.subarray(0, HEADER_BYTES + 2),
        int32(material.random.pick([-2, -(2 ** 31), 2 ** 31 - 1, 1_000, 0])),
        row.subarray(HEADER_BYTES + 6),
      ],
      'D',
    ),
  ],
  manyRows: ({ random, answer }) => {
    const row = answer.find((one) => typeOf(one) === 'D') ?? dataRow(['1']);
    const rows = Array.from({ length: random.pick([2, 999, 1_001, 20_000]) }, () => row);
    return [send(...answer.slice(0, 1), ...rows, ...answer.slice(1))];
  },
  noRows: ({ answer }) => [send(...answer.filter((one) => typeOf(one) !== 'D'))],
  command: (material) => [
    changeOne(
      material,
      () => [message('C', `${material.random.pick(['INSERT 0 99999999999999999999', 'SELECT -1', '', '💥'.repeat(5_000)])}\0`)],
      'C',
    ),
  ], // prettier-ignore
  error: ({ random }) => [send(error(random, 'E'), message('Z', random.pick(['I', 'T', 'E'])))],
  errorAndEnd: ({ random }) => [send(error(random, 'E')), { end: random.pick(['fin', 'reset']) }],
  errorAndNothing: ({ random }) => [send(error(random, 'E'))],
  errorWithinAnswer: (material) => [
    changeOne(material, (one) => [error(material.random, 'E'), one]),
  ],
  severalErrors: ({ random, answer }) => [
    send(...Array.from({ length: random.between(2, 60) }, () => error(random, 'E')), ...answer),
  ],
  errorWithoutEnd: ({ random }) => [
    send(message('E', random.pick(['SERROR\0C42P01\0Mno end', 'S', '', 'SERROR\0', 'Mx\0\0\0']))),
  ],
  bareError: ({ random }) => [
    { send: Buffer.from(`E${random.pick(TEXTS)}${random.pick(['\0', '', '\n\0'])}`) },
    { end: 'fin' },
  ],
  notices: ({ random, answer }) => [
    send(...Array.from({ length: random.between(1, 300) }, () => error(random, 'N')), ...answer),
  ],
  settings: (material) => [
    changeOne(material, (one) => [
      message('S', `${material.random.pick(SETTINGS)}\0${material.random.pick(SETTING_VALUES)}\0`),
      one,
    ]),
  ],
  replacedSetting: (material) => [
    changeOne(
      material,
      () => [
        message(
          'S',
          `${material.random.pick(SETTINGS)}\0${material.random.pick(SETTING_VALUES)}\0`,
        ),
      ],
      'S',
    ),
  ],
  cancelKey: (material) => [
    changeOne(
      material,
      () => [message('K', material.random.bytes(material.random.pick([0, 4, 7, 8, 9, 12, 260])))],
      'K',
    ),
  ],
  authentication: ({ random, answer }) => [
    send(
      message('R', int32(random.pick(AUTHENTICATIONS)), random.bytes(random.pick([0, 0, 4, 20]))),
      ...(random.chance(0.5) ? answer : []),
    ),
  ],
  mechanisms: ({ random }) => [send(message('R', int32(10), random.pick(MECHANISMS)))],
  scram: ({ random, answer }) => [
    send(message('R', int32(random.pick([11, 12])), random.pick(SCRAM_TEXTS)), ...answer.slice(1)),
  ],
  scramIterations: (material) => [
    changeOne(
      material,
      (one) => {
        const body = one.subarray(HEADER_BYTES).toString('latin1');
        const count = material.random.pick(['0', '1', '-5', 'x', '250000', '2147483647', '9'.repeat(30)]);
        return [message('R', Buffer.from(body.replace(/,i=\d+/, `,i=${count}`), 'latin1'))];
      },
      'R',
    ),
  ], // prettier-ignore
} as const satisfies Record<string, Mutation>;
