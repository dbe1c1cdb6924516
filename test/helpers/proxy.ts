import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** How often something was forwarded, either way. */
  chunks(): number;
  /** Silent network death: nothing is forwarded any more, and nobody is told. */
  freeze(): void;
  /** New connections are forwarded again; those that were frozen stay dead. */
  thaw(): void;
  close(): Promise<void>;
}

/** A TCP proxy on the loopback interface that can die without a word. */
export async function startProxy(upstream: { host: string; port: number }): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let chunks = 0;
  const server = createServer((client) => {
    const database = connect(upstream);
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
      from.on('data', (chunk) => {
        if (frozen) return;
        chunks++;
        to.write(chunk);
      });
      from.on('end', () => {
        if (!frozen) to.end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    chunks: () => chunks,
    freeze() {
      frozen = true;
    },
    thaw() {
      frozen = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
