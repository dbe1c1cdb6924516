import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Sickness, Stage } from './sick-bytes.js';

export interface SickServer {
  readonly port: number;
  /** Most of the connections that it had at a time, without those that only asked to cancel. */
  most(): number;
  close(): Promise<void>;
}

/** The code in the place of a version that makes a packet a CancelRequest. */
const CANCEL_CODE = 80_877_102;
const PING = Buffer.from('SELECT 1\0');
/** The first byte of every answer to a request for authentication. */
const PASSWORD_MESSAGE = 0x70;

/** What the client sends at which a server of this stage turns sick. */
const TURNS_AT: Readonly<Record<Exclude<Stage, 'tcp'>, (bytes: Buffer) => boolean>> = {
  tls: () => true,
  authentication: (bytes) => bytes[0] === PASSWORD_MESSAGE,
  query: (bytes) => bytes.includes(PING),
};

/**
 * A server that is a real PostgreSQL's up to a stage, and sick from then on. To cancel requests it is sick
 * as well.
 */
export async function startSickServer(options: {
  readonly stage: Stage;
  readonly sicken: Sickness;
  readonly upstream: { readonly host: string; readonly port: number };
}): Promise<SickServer> {
  const { stage, sicken, upstream } = options;
  const open = new Set<Socket>();
  const sockets = new Set<Socket>();
  let most = 0;

  const server = createServer({ noDelay: true }, (client) => {
    keep(client, sockets);
    open.add(client);
    most = Math.max(most, open.size);
    client.once('close', () => open.delete(client));
    if (stage === 'tcp') {
      client.resume();
      sicken(client);
    } else converse(client, TURNS_AT[stage]);
  });

  const converse = (client: Socket, turnsAt: (bytes: Buffer) => boolean) => {
    let isSick = false;
    const healthy = stage === 'tls' ? null : connect({ ...upstream, noDelay: true });
    if (healthy !== null) keep(healthy, sockets);
    healthy?.on('data', (bytes) => client.write(bytes));
    healthy?.once('close', () => {
      if (!isSick) client.destroy();
    });
    client.once('close', () => healthy?.destroy());
    client.on('data', (bytes: Buffer) => {
      if (isSick) return;
      if (isCancelRequest(bytes)) open.delete(client);
      isSick = isCancelRequest(bytes) || turnsAt(bytes);
      if (!isSick) return void healthy?.write(bytes);
      healthy?.destroy();
      sicken(client);
    });
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    most: () => most,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function keep(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.once('close', () => sockets.delete(socket));
}

function isCancelRequest(bytes: Buffer): boolean {
  return bytes.length === 16 && bytes.readInt32BE(4) === CANCEL_CODE;
}
