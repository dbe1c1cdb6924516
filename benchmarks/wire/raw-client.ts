import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A worker thread that asks `SELECT 1` by the simple protocol on a bare socket, and does nothing else:
 * the least that Node can do. Posts the times of all queries, in milliseconds since the epoch.
 */
export interface RawClientOptions {
  readonly host: string;
  /** The server must let the user in without a password. */
  readonly port: number;
  readonly user: string;
  readonly warmUps: number;
  readonly rounds: number;
}

export interface RawTimes {
  /** Read just before the request is written. */
  readonly sentAtMs: number;
  /** Read first thing when the last bytes of the answer arrive. */
  readonly arrivedAtMs: number;
}

const OFFSET_READINGS = 15;

/**
 * What to add to performance.now() for the wall clock, which packets are stamped by, to a microsecond:
 * read where Date.now() turns to the next millisecond.
 */
function wallClockOffsetMs(): number {
  const readings = Array.from({ length: OFFSET_READINGS }, () => {
    const before = Date.now();
    let [monotonic, wall] = [0, before];
    while (wall === before) [monotonic, wall] = [performance.now(), Date.now()];
    return wall - monotonic;
  });
  return readings.sort((a, b) => a - b)[Math.floor(OFFSET_READINGS / 2)] as number;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function startupMessage(user: string): Buffer {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0postgres\0\0`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(length.length + body.length);
  return Buffer.concat([length, body]);
}

const PING = Buffer.from('Q\0\0\0\rSELECT 1\0', 'latin1');

/** Writes a request, and returns when ReadyForQuery ends the answer. */
function ask(socket: Socket, request: Buffer): Promise<RawTimes> {
  return new Promise((resolve) => {
    const onData = (bytes: Buffer) => {
      const arrivedAtMs = performance.now();
      if (bytes.at(-READY_BYTES) !== READY || bytes.at(-2) !== READY_LENGTH) return;
      socket.off('data', onData);
      resolve({ sentAtMs, arrivedAtMs });
    };
    socket.on('data', onData);
    const sentAtMs = performance.now();
    socket.write(request);
  });
}

const READY = 'Z'.charCodeAt(0);
const READY_LENGTH = 5;
const READY_BYTES = 6;

const { host, port, user, warmUps, rounds } = workerData as RawClientOptions;
const socket = connect({ host, port, noDelay: true });
await once(socket, 'connect');
await ask(socket, startupMessage(user));
for (let i = 0; i < warmUps; i++) await ask(socket, PING);
parentPort?.postMessage('warm');
await once(parentPort as NonNullable<typeof parentPort>, 'message');
const before = wallClockOffsetMs();
const times: RawTimes[] = [];
for (let i = 0; i < rounds; i++) times.push(await ask(socket, PING));
const offsetMs = (before + wallClockOffsetMs()) / 2;
parentPort?.postMessage(
  times.map(({ sentAtMs, arrivedAtMs }) => ({
    sentAtMs: sentAtMs + offsetMs,
    arrivedAtMs: arrivedAtMs + offsetMs,
  })),
);
socket.destroy();
