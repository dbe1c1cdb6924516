import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from './tools.js';

/** What the name server does with a name, which is that of the kind. */
export const NAME_KINDS = ['hang', 'garbage', 'flood', 'drip', 'reset', 'down'] as const;

export interface SickNames {
  /** Executes a program for which this name server is the only one. */
  readonly launcher: readonly string[];
  /** Has an address in the hosts file. */
  readonly healthyName: string;
  nameOf(kind: (typeof NAME_KINDS)[number]): string;
  close(): Promise<void>;
}

/** The system's resolver knows no other port. */
const ADDRESS = { address: '127.53.12.1', port: 53 };
const ZONE = 'sick.test';
const HEALTHY_NAME = 'near.healthy.test';

const HEADER_BYTES = 12;
/** RFC 1035, section 4.1.1: an answer of an authority; cut off, so the client asks again by TCP; no such name. */
const FLAGS = { answer: 0x8580, truncated: 0x8780, noSuchName: 0x8583 };
const TYPE_A = 1;
/** More than anybody tries; of more, glibc takes seconds to put them in order. */
const MANY_ADDRESSES = 1_000;
const DRIP_EVERY_MS = 20;

/** In mounts of its own: the files by which the system's resolver is set up. */
const MOUNT_AND_EXECUTE = `for file in resolv.conf hosts nsswitch.conf; do
  mount --bind "$0/$file" "/etc/$file" || exit 1
done
exec "$@"`;

/** Whether this system lets a process have a name server of its own: Linux, and root. */
export function canHaveSickNames(): boolean {
  return process.getuid?.() === 0 && findTool('unshare') !== null && findTool('getent') !== null;
}

/** A name server of loopback, for a process that is started by its launcher. */
export async function startSickNames(): Promise<SickNames> {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-names-'));
  writeFileSync(join(folder, 'resolv.conf'), `nameserver ${ADDRESS.address}\n`);
  writeFileSync(join(folder, 'hosts'), `127.0.0.1 localhost ${HEALTHY_NAME}\n`);
  writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files dns\n');

  const packets = createSocket('udp4');
  packets.on('message', (query, { port, address }) => {
    const reply = replyTo(query);
    if (reply !== null) packets.send(reply, port, address);
  });
  packets.bind(ADDRESS.port, ADDRESS.address);
  await once(packets, 'listening');

  const streams = new Set<Socket>();
  const server = createServer((socket) => {
    streams.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => streams.delete(socket));
    socket.once('data', (query) => replyByTcp(socket, query.subarray(2)));
  });
  server.listen(ADDRESS.port, ADDRESS.address);
  await once(server, 'listening');

  return {
    launcher: ['unshare', '--mount', 'sh', '-c', MOUNT_AND_EXECUTE, folder],
    healthyName: HEALTHY_NAME,
    nameOf: (kind) => `${kind}.${ZONE}`,
    async close() {
      packets.close();
      server.close();
      for (const socket of streams) socket.destroy();
      await once(server, 'close');
      rmSync(folder, { recursive: true });
    },
  };
}

/** By UDP; null: none ever. */
function replyTo(query: Buffer): Buffer | null {
  switch (readQuestion(query).kind) {
    case 'hang':
      return null;
    case 'garbage':
      return Buffer.concat([query.subarray(0, 2), randomBytes(300)]);
    case 'flood':
    case 'drip':
    case 'reset':
      return answer(query, FLAGS.truncated, []);
    default:
      return answer(query, FLAGS.noSuchName, []);
  }
}

function replyByTcp(socket: Socket, query: Buffer): void {
  const { kind, type } = readQuestion(query);
  if (kind === 'reset') return void socket.resetAndDestroy();
  const addresses = type === TYPE_A ? MANY_ADDRESSES : 0;
  const records = Array.from({ length: addresses }, (_, i) => addressRecord(i));
  const reply = answer(query, FLAGS.answer, records);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(reply.length);
  const bytes = Buffer.concat([length, reply]);
  if (kind !== 'drip') return void socket.write(bytes);
  let at = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), DRIP_EVERY_MS);
  socket.once('close', () => clearInterval(timer));
}

/** The kind is the name's first label. */
function readQuestion(query: Buffer): { kind: string; type: number; end: number } {
  let at = HEADER_BYTES;
  const kind = query.toString('latin1', at + 1, at + 1 + query.readUInt8(at)).toLowerCase();
  while (query.readUInt8(at) > 0) at += 1 + query.readUInt8(at);
  return { kind, type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answer(query: Buffer, flags: number, records: readonly Buffer[]): Buffer {
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(flags, 2);
  [1, records.length, 0, 0].forEach((count, i) => header.writeUInt16BE(count, 4 + 2 * i));
  return Buffer.concat([header, query.subarray(HEADER_BYTES, readQuestion(query).end), ...records]);
}

/** An address of the loopback where nobody listens; the name is a pointer to the question's. */
function addressRecord(place: number): Buffer {
  const head = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4]);
  return Buffer.concat([head, Buffer.from([127, 99, place >> 8, place & 255])]);
}
