import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface ForgetfulServer {
  readonly port: number;
  /** How many of its clients said goodbye before they closed the connection. */
  goodbyes(): number;
  close(): Promise<void>;
}

const TERMINATE = Buffer.from([0x58, 0, 0, 0, 4]);
const HEADER_BYTES = 5;

/**
 * A PostgreSQL that does not report some of its settings, as those before version 14 do: a relay on 127.0.0.1,
 * without TLS, that takes these reports out of what the server sends.
 */
export async function startForgetfulServer(
  upstream: { readonly host: string; readonly port: number },
  forgotten: readonly string[],
): Promise<ForgetfulServer> {
  const sockets = new Set<Socket>();
  let goodbyes = 0;
  const server = createServer((client) => {
    const database = connect(upstream);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (bytes: Buffer) => {
      if (bytes.subarray(-TERMINATE.length).equals(TERMINATE)) goodbyes += 1;
      database.write(bytes);
    });
    client.on('close', () => database.destroy());
    database.on('close', () => client.end());
    const take = messagesWithout(forgotten);
    database.on('data', (bytes: Buffer) => client.write(take(bytes)));
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    goodbyes: () => goodbyes,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whole messages, but for ParameterStatus of these settings. */
function messagesWithout(forgotten: readonly string[]): (chunk: Buffer) => Buffer {
  let backlog = Buffer.alloc(0);
  return (chunk) => {
    backlog = Buffer.concat([backlog, chunk]);
    const kept: Buffer[] = [];
    while (backlog.length >= HEADER_BYTES) {
      const end = 1 + backlog.readInt32BE(1);
      if (end > backlog.length) break;
      const message = backlog.subarray(0, end);
      const [name = ''] = message.toString('latin1', HEADER_BYTES).split('\0');
      const isForgotten = message[0] === 0x53 && forgotten.includes(name);
      if (!isForgotten) kept.push(message);
      backlog = backlog.subarray(end);
    }
    return Buffer.concat(kept);
  };
}
