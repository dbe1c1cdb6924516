import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createRequestReader, createSplitter } from './messages.js';

/** What a server answered: for each question the answers that it gave, message by message. */
export type Recording = ReadonlyMap<string, readonly (readonly Buffer[])[]>;

export interface Recorder {
  readonly port: number;
  /** So far; only whole answers. */
  recording(): Recording;
  close(): Promise<void>;
}

/** Of one question: more of the same teaches nothing. */
const MAX_ANSWERS = 4;

/** A proxy to a real server that keeps what is said, in clear. */
export async function startRecorder(upstream: { host: string; port: number }): Promise<Recorder> {
  const answers = new Map<string, Buffer[][]>();
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const database = connect(upstream);
    const readRequests = createRequestReader();
    const split = createSplitter();
    let current: Buffer[] = [];
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on('data', (chunk) => {
      for (const request of readRequests(chunk)) {
        if (request.kind !== 'question') continue;
        current = [];
        const known = answers.get(request.key) ?? [];
        answers.set(request.key, known);
        if (known.length < MAX_ANSWERS) known.push(current);
      }
      database.write(chunk);
    });
    database.on('data', (chunk) => {
      current.push(...split(chunk));
      client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    recording: () =>
      new Map(
        [...answers]
          .map(([key, given]) => [key, given.filter((answer) => answer.length > 0)] as const)
          .filter(([, given]) => given.length > 0),
      ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
