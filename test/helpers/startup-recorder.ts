import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** What a client has said before it was refused. */
export interface Startup {
  readonly way: 'TCP' | 'socket';
  readonly asksForTls: boolean;
  /** null: it has given up before that. */
  readonly user: string | null;
  readonly database: string | null;
  readonly options: string | null;
  readonly password: string | null;
}

export interface StartupRecorder {
  readonly port: number;
  /** What was said since the last call, the latest client's. */
  take(): Startup | null;
  close(): Promise<void>;
}

const SSL_REQUEST = 80_877_103;
const ASK_FOR_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

/** A server on 127.0.0.1 and on the sockets in these folders: it has no TLS, asks for a password, and refuses it. */
export async function startStartupRecorder(folders: readonly string[]): Promise<StartupRecorder> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  let latest: Startup | null = null;

  const listen = async (way: Startup['way'], where: object): Promise<Server> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      let said: Startup = {
        ...{ way, asksForTls: false, user: null, database: null, options: null, password: null },
      };
      socket.on('data', (bytes: Buffer) => {
        if (bytes.length === 8 && bytes.readInt32BE(4) === SSL_REQUEST) {
          said = { ...said, asksForTls: true };
          socket.write('N');
        } else if (said.user === null) {
          said = { ...said, ...startupOf(bytes) };
          socket.write(ASK_FOR_PASSWORD);
        } else if (bytes[0] === 0x70) {
          said = { ...said, password: textOf(bytes.subarray(5)) };
          socket.end(refusal());
        }
        latest = said;
      });
    });
    server.listen(where);
    await once(server, 'listening');
    servers.push(server);
    return server;
  };

  const tcp = await listen('TCP', { host: '127.0.0.1', port: 0 });
  const { port } = tcp.address() as AddressInfo;
  for (const folder of folders) await listen('socket', { path: join(folder, `.s.PGSQL.${port}`) });

  return {
    port,
    take() {
      const taken = latest;
      latest = null;
      return taken;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
      for (const folder of folders) rmSync(join(folder, `.s.PGSQL.${port}`), { force: true });
    },
  };
}

function startupOf(packet: Buffer): Pick<Startup, 'user' | 'database' | 'options'> {
  const fields = packet.toString('utf8', 8).split('\0');
  const valueOf = (name: string) => {
    const at = fields.findIndex((field, i) => i % 2 === 0 && field === name);
    return at === -1 ? null : (fields[at + 1] ?? null);
  };
  return { user: valueOf('user'), database: valueOf('database'), options: valueOf('options') };
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\0$/, '');
}

function refusal(): Buffer {
  const body = Buffer.from('SFATAL\0VFATAL\0C28P01\0Mrecorded\0\0');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from('E'), length, body]);
}
