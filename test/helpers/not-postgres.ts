import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface StrangeServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A listener that does this with each connection. */
export async function startStrangeServer(greet: (socket: Socket) => void): Promise<StrangeServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
