import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';

/** How far a server is healthy before it turns sick. */
export type Stage = 'tcp' | 'tls' | 'authentication' | 'query';

/** What it does from then on, for ever. It gets the socket on which it has to do it. */
export type Sickness = (socket: Socket) => void;

/** A server that floods stops after so much, whoever reads it. */
const MAX_FLOOD_BYTES = 512 * 1_048_576;
const CHUNK_BYTES = 65_536;

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
const message = (type: string, body: Buffer, length = body.length + 4): Buffer => {
  const header = Buffer.alloc(5, type);
  header.writeInt32BE(length, 1);
  return Buffer.concat([header, body]);
};

/** Without a field: the smallest message that there is. */
const NOTICE = message('N', Buffer.alloc(1));
/** One column of type text, with the name `a`. */
const ROW_DESCRIPTION = message(
  'T',
  Buffer.from([0, 1, 0x61, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]),
);
/** One column with NULL in it. */
const ROW = message('D', Buffer.from([0, 1, 255, 255, 255, 255]));
/** The beginning of a notice of almost 64 KiB, which is as much as is accepted. */
const LONG_NOTICE = message('N', Buffer.alloc(0), 65_000);

const YES_TO_TLS = Buffer.from('S');
/** A TLS record of handshake messages (RFC 5246, section 6.2.1), without its content. */
const TLS_RECORD = Buffer.from([22, 3, 3, 0x40, 0]);
/** Filled with HelloRequest (section 7.4.1.1), which a client ignores while it shakes hands. */
const HELLO_REQUESTS = Buffer.concat([TLS_RECORD, Buffer.alloc(0x4000)]);

/** The kinds of each stage. */
export const SICKNESSES: Readonly<Record<Stage, Readonly<Record<string, Sickness>>>> = {
  tcp: {
    garbage,
    // What a server sends that cannot fork has no length, and ends with a NUL.
    flood: (socket) => flood(socket, Buffer.from('E')),
    drip: (socket) => drip(socket, Buffer.from('E')),
    reset,
  },
  tls: {
    hang,
    'hang after yes': (socket) => void socket.write(YES_TO_TLS),
    garbage: (socket) => afterYes(socket, garbage),
    flood: (socket) => afterYes(socket, () => flood(socket, HELLO_REQUESTS)),
    drip: (socket) => afterYes(socket, () => drip(socket, TLS_RECORD)),
    reset: (socket) => afterYes(socket, reset),
  },
  authentication: {
    hang,
    garbage,
    flood: (socket) => flood(socket, NOTICE),
    drip: (socket) => drip(socket, LONG_NOTICE),
    swell: (socket) => swell(socket, LONG_NOTICE),
    reset,
  },
  query: {
    hang,
    garbage,
    'flood of rows': (socket) => after(socket, ROW_DESCRIPTION, () => flood(socket, ROW)),
    'flood of notices': (socket) => flood(socket, NOTICE),
    drip: (socket) => drip(socket, LONG_NOTICE),
    swell: (socket) => swell(socket, LONG_NOTICE),
    reset,
  },
};

function hang(): void {
  // That is all that it does.
}

function reset(socket: Socket): void {
  socket.resetAndDestroy();
}

function garbage(socket: Socket): void {
  socket.write(randomBytes(5_000));
}

function after(socket: Socket, start: Buffer, sicken: Sickness): void {
  socket.write(start);
  sicken(socket);
}

/** Only once the client has begun its handshake: what comes earlier is refused as a third party's. */
function afterYes(socket: Socket, sicken: Sickness): void {
  socket.write(YES_TO_TLS);
  socket.once('data', () => sicken(socket));
}

/** As fast as the client takes it. */
function flood(socket: Socket, piece: Buffer): void {
  const pieces = Math.max(1, Math.floor(CHUNK_BYTES / piece.length));
  const chunk = Buffer.concat(Array<Buffer>(pieces).fill(piece));
  let sent = 0;
  const pour = () => {
    while (!socket.destroyed && sent < MAX_FLOOD_BYTES) {
      sent += chunk.length;
      if (!socket.write(chunk)) return;
    }
  };
  socket.on('drain', pour);
  pour();
}

/** A byte each millisecond. */
function drip(socket: Socket, start: Buffer): void {
  trickle(socket, start, Buffer.from('x'));
}

/** Some hundred bytes each millisecond, so that a long message takes many pieces. */
function swell(socket: Socket, start: Buffer): void {
  trickle(socket, start, Buffer.alloc(600, 'x'));
}

function trickle(socket: Socket, start: Buffer, piece: Buffer): void {
  socket.write(start);
  const timer = setInterval(() => socket.write(piece), 1);
  socket.once('close', () => clearInterval(timer));
}
