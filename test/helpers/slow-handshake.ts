import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface SlowHandshake {
  /** Takes the connections that wait, and all that come, and passes them on. */
  wake(): void;
  close(): Promise<void>;
}

/** More than a listener with a backlog of one keeps. */
const FILLING = 3;

/** It listens, and then takes no connection until it is woken. */
const SLEEPER = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { connect, createServer } = require('node:net');
  const { flag, host, port, upstream } = workerData;
  const server = createServer((socket) => {
    const database = connect(upstream);
    for (const it of [socket, database]) it.on('error', () => it.destroy());
    socket.pipe(database).pipe(socket);
  });
  server.listen({ host, port, backlog: 1 }, () => {
    parentPort.postMessage('listening');
    setImmediate(() => Atomics.wait(new Int32Array(flag), 0, 0));
  });
`;

/**
 * An address that drops the first packet of each new connection without a word, as one that is gone does;
 * once it is woken, TCP's next try (after a second) succeeds. Linux drops a SYN when the listener's queue
 * is full: listen(2), tcp_abort_on_overflow.
 */
export async function startSlowHandshake(
  host: string,
  port: number,
  upstream: { readonly host: string; readonly port: number },
): Promise<SlowHandshake> {
  const flag = new SharedArrayBuffer(4);
  const workerData = { flag, host, port, upstream: { host: upstream.host, port: upstream.port } };
  const worker = new Worker(SLEEPER, { eval: true, workerData });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const fillers: Socket[] = [];
  for (let i = 0; i < FILLING; i++) {
    const filler = connect({ host, port });
    filler.on('error', () => undefined);
    fillers.push(filler);
    // The last ones are dropped already.
    if (i === 0) await new Promise((resolve) => filler.once('connect', resolve));
  }
  const wake = () => {
    Atomics.store(new Int32Array(flag), 0, 1);
    Atomics.notify(new Int32Array(flag), 0);
  };
  return {
    wake() {
      for (const filler of fillers) filler.destroy();
      wake();
    },
    async close() {
      for (const filler of fillers) filler.destroy();
      wake();
      await worker.terminate();
    },
  };
}
