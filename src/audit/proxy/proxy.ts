import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { serveSession, type SessionContext } from './session.js';

export interface Proxy {
  readonly port: number;
  /** Connections that were made to it. */
  readonly accepted: number;
  /** Takes no new connection, and ends those that there are. */
  close(): Promise<void>;
}

export interface ProxyOptions extends SessionContext {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** @throws the listener's error. */
export async function startProxy({ host, port, ...context }: ProxyOptions): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void serveSession(socket, context);
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
