import { expect, test } from 'vitest';
import { pairExchanges, wireMs } from './exchanges.js';
import { readPcap } from './pcap.js';

const SERVER = 5432;
const CLIENT = 40_000;
const PING = 'Q\0\0\0\rSELECT 1\0';
const ROW = 'D\0\0\0\x0b\0\x01\0\0\0\x011';
const READY = 'Z\0\0\0\x05I';

interface Packet {
  readonly us: number;
  readonly from: number;
  readonly to: number;
  readonly sequence: number;
  readonly text: string;
}

/** A record with its header, an Ethernet, an IPv4 and a TCP header, whose options make it longer. */
function record({ us, from, to, sequence, text }: Packet, tickNs: number): Buffer {
  const tcp = Buffer.alloc(32);
  tcp.writeUInt16BE(from, 0);
  tcp.writeUInt16BE(to, 2);
  tcp.writeUInt32BE(sequence, 4);
  tcp.writeUInt8(8 << 4, 12);
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(ip.length + tcp.length + text.length, 2);
  const ethernet = Buffer.alloc(14);
  ethernet.writeUInt16BE(0x0800, 12);
  const frame = Buffer.concat([ethernet, ip, tcp, Buffer.from(text, 'latin1')]);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(1_700_000_000 + Math.floor(us / 1e6), 0);
  header.writeUInt32LE(((us % 1e6) * 1_000) / tickNs, 4);
  header.writeUInt32LE(frame.length, 8);
  header.writeUInt32LE(frame.length, 12);
  return Buffer.concat([header, frame]);
}

function capture(packets: readonly Packet[], magic = 0xa1b23c4d, tickNs = 1): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(magic, 0);
  header.writeUInt32LE(1, 20);
  return Buffer.concat([header, ...packets.map((packet) => record(packet, tickNs))]);
}

const asks = (us: number, text: string, sequence = 1, port = CLIENT) => ({
  ...{ us, text, sequence, from: port, to: SERVER },
});
const answers = (us: number, text: string, sequence = 1, port = CLIENT) => ({
  ...{ us, text, sequence, from: SERVER, to: port },
});

function latenciesUs(packets: readonly Packet[]): number[] {
  const exchanges = pairExchanges(readPcap(capture(packets)), SERVER);
  return exchanges.map((exchange) => Math.round(wireMs(exchange) * 1_000));
}

test('from the first packet of the request to the one that completes the answer', () => {
  const packets = [
    asks(100, PING.slice(0, 3)),
    asks(130, PING.slice(3), 4),
    answers(300, ''),
    answers(400, ROW),
    answers(450, READY.slice(0, 4), 1 + ROW.length),
    answers(470, READY.slice(4), 5 + ROW.length),
    asks(480, ''),
    asks(900, PING, 1 + PING.length),
    answers(1_000, ROW + READY, 1 + ROW.length + READY.length),
  ];
  expect(latenciesUs(packets)).toEqual([370, 100]);
  expect(pairExchanges(readPcap(capture(packets)), SERVER)[0]?.request).toBe(PING);
});

test('what is sent twice counts once, across the wrap of the sequence numbers too', () => {
  const last = 2 ** 32 - 4;
  const wrapped = (last + PING.length) % 2 ** 32;
  expect(
    latenciesUs([
      asks(100, PING, last),
      answers(300, READY),
      asks(310, PING, last),
      answers(320, READY),
      asks(500, PING, wrapped),
      answers(510, READY),
      answers(550, READY, 1 + READY.length),
    ]),
  ).toEqual([200, 50]);
});

test('two connections at once are kept apart; what nobody asked for is no answer', () => {
  const other = CLIENT + 1;
  expect(
    latenciesUs([
      answers(50, READY),
      asks(100, PING),
      asks(150, PING, 1, other),
      answers(200, READY, 1, other),
      answers(400, READY, 1 + READY.length),
    ]),
  ).toEqual([50, 300]);
});

test('a capture in microseconds, across a second; a record that is still being written is left out', () => {
  const packets = [asks(999_900, PING), answers(1_000_100, READY)];
  const file = capture(packets, 0xa1b2c3d4, 1_000);
  const [segment, ...rest] = readPcap(file.subarray(0, -1));
  expect(segment?.atMs).toBeCloseTo(1_700_000_000_999.9, 3);
  expect(rest).toEqual([]);
  expect(pairExchanges(readPcap(file), SERVER).map(wireMs)[0]).toBeCloseTo(0.2, 3);
});

test('another format is refused', () => {
  expect(() => readPcap(Buffer.alloc(24))).toThrow('not a capture in the classic pcap format');
});
