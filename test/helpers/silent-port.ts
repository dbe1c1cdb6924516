import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface SilentPort {
  readonly port: number;
  close(): Promise<void>;
}

/** Its event loop stands still, so it accepts nobody. */
const LISTENER = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;
/** Linux takes one more than the backlog. */
const QUEUE = 2;

/** A port that does not answer a SYN: its queue of connections to accept is full. */
export async function startSilentPort(): Promise<SilentPort> {
  const listener = new Worker(LISTENER, { eval: true });
  const [port] = (await once(listener, 'message')) as [number];
  const waiting = Array.from({ length: QUEUE }, () => connect(port, '127.0.0.1'));
  await Promise.all(waiting.map((socket) => once(socket, 'connect')));
  for (const socket of waiting) socket.on('error', () => undefined);
  return {
    port,
    async close() {
      for (const socket of waiting) socket.destroy();
      await listener.terminate();
    },
  };
}
