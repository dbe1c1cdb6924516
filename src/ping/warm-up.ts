import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { NO_TLS, type Target } from '../config/target.js';
import { createPinger, type Pinger } from './pinger.js';
import { createSelectWork } from './work.js';

/** Then the runtime has compiled what a sample takes. */
const FIRST_SAMPLES = 200;
/** These bring it back into the processor's caches, where it was not for the interval between two samples. */
const MORE_SAMPLES = 10;
const TIMEOUT_MS = 2_000;

/** A stand-in for a server, in this process, which is asked before the real one. */
export interface WarmUp {
  /** Just before a sample; some milliseconds. */
  again(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Without it the first connection of a process takes some milliseconds for what the runtime loads and compiles, and
 * each query some tenths of one, and none of that is the network's. Where it cannot be done it is left out.
 */
export async function startWarmUp(): Promise<WarmUp> {
  const server = createServer(answerAll);
  const signal = new AbortController().signal;
  let pinger: Pinger | null = null;
  const ask = async (samples: number) => {
    for (let i = 0; i < samples && pinger?.isOpen() === true; i++) await pinger.sample(signal);
  };
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    pinger = createPinger(standIn(port), createSelectWork());
    await pinger.open(signal);
    await ask(FIRST_SAMPLES);
  } catch {
    // A machine without 127.0.0.1 has figures that are some tenths of a millisecond worse.
  }
  return {
    again: () => ask(MORE_SAMPLES),
    async close() {
      await pinger?.close();
      server.close();
    },
  };
}

function standIn(port: number): Target {
  return {
    ...{ name: 'stand-in', mode: 'read-only', host: '127.0.0.1', port, user: 'x', password: null },
    ...{ database: 'x', tls: NO_TLS, operationTimeoutMs: TIMEOUT_MS, operations: ['ping'] },
    ...{ queries: [], probeSchema: null, pooler: false, replicaOf: null },
  };
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(`${type}\0\0\0\0${body}`, 'latin1');
  bytes.writeInt32BE(bytes.length - 1, 1);
  return bytes;
}

const READY = message('Z', 'I');
const WELCOME = Buffer.concat([message('R', '\0\0\0\0'), message('K', '\0\0\0\0\0\0\0\0'), READY]);
const ONE = Buffer.concat([
  message('T', '\0\x01?column?\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0'),
  message('D', '\0\x01\0\0\0\x011'),
  message('C', 'SELECT 1\0'),
  READY,
]);
const [QUERY, TERMINATE] = Buffer.from('QX');

/** Lets everybody in, and has one answer to every query. */
function answerAll(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.on('data', ([first]: Buffer) => {
    if (first === TERMINATE) socket.end();
    else socket.write(first === QUERY ? ONE : WELCOME);
  });
}
