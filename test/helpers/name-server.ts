import { createSocket } from 'node:dgram';

/** A name's TXT strings or IPv6 addresses; a name that is absent does not exist; null: no answer ever. */
export type Zone = Record<string, { readonly txt: string } | { readonly aaaa: string[] } | null>;

export interface NameServer {
  /** As a resolver takes it: `address:port`. */
  readonly address: string;
  /** What it answers from now on. */
  zone: Zone;
  /** The names that it was asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

const TXT = 16;
const AAAA = 28;
const NO_SUCH_NAME = 3;
const HEADER_BYTES = 12;

/** A real DNS server on a loopback UDP port (RFC 1035), which answers one question a packet. */
export async function startNameServer(zone: Zone): Promise<NameServer> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const server: NameServer = {
    address: `127.0.0.1:${socket.address().port}`,
    zone,
    asked: [],
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    server.asked.push(name);
    const entry = server.zone[name];
    if (entry === null) return;
    const records = entry === undefined ? [] : recordsOf(entry, type);
    const header = Buffer.from(query.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(0x8580 | (entry === undefined ? NO_SUCH_NAME : 0), 2);
    [1, records.length, 0, 0].forEach((count, i) => header.writeUInt16BE(count, 4 + 2 * i));
    const question = query.subarray(HEADER_BYTES, end);
    socket.send(Buffer.concat([header, question, ...records]), port, address);
  });
  return server;
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordsOf(entry: NonNullable<Zone[string]>, type: number): Buffer[] {
  if ('txt' in entry) {
    return type === TXT ? [record(TXT, Buffer.from(`\0${entry.txt}`))] : [];
  }
  return type === AAAA ? entry.aaaa.map((address) => record(AAAA, bytesOf(address))) : [];
}

/** Its name is a pointer to the question's. */
function record(type: number, data: Buffer): Buffer {
  if (type === TXT) data.writeUInt8(data.length - 1, 0);
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** An IPv6 address's sixteen bytes; an IPv4 address becomes ::ffff:a.b.c.d. */
function bytesOf(address: string): Buffer {
  const quads = address.split('.').map(Number);
  if (quads.length === 4) return Buffer.from([...Array<number>(10).fill(0), 255, 255, ...quads]);
  const [head = '', tail = ''] = address.split('::');
  const words = (text: string) => text.split(':').flatMap((it) => (it === '' ? [] : [it]));
  const zeros = Array<string>(8 - words(head).length - words(tail).length).fill('0');
  const all = [...words(head), ...zeros, ...words(tail)];
  return Buffer.from(all.map((word) => word.padStart(4, '0')).join(''), 'hex');
}
