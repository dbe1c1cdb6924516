import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface AddressServer {
  /** How many connections came. */
  connections(): number;
  close(): Promise<void>;
}

/** What a server does with a connection; `data`: each time that the client has sent something. */
export interface Behaviour {
  readonly open?: (socket: Socket) => void;
  readonly data?: (socket: Socket, bytes: Buffer) => void;
}

/** A server on one of the loopback's many addresses. It never answers, unless `behaviour` does. */
export async function startAddressServer(
  host: string,
  port: number,
  { open, data }: Behaviour = {},
): Promise<AddressServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => data?.(socket, bytes));
    open?.(socket);
  });
  server.listen({ host, port });
  await once(server, 'listening');
  return {
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that answers with an ErrorResponse, and ends the connection. */
export const refusal = (code: string, text: string): Behaviour => ({
  data(socket) {
    const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    socket.end(Buffer.concat([Buffer.from('E'), length, body]));
  },
});
