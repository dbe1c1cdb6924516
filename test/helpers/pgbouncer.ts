import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endChild, keepLastLines } from '../../src/lab/child.js';
import { findFreePort } from '../../src/lab/ports.js';
import { until } from './until.js';

export interface PgBouncer {
  readonly port: number;
  stop(): Promise<void>;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A PgBouncer in transaction mode before this server, with two connections to it. */
export async function startPgBouncer(server: Server): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await findFreePort();
  const users = join(folder, 'users.txt');
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${server.user}" "${server.password}"\n`);
  await writeFile(
    settings,
    `[databases]
* = host=${server.host} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 2
`,
  );
  // It refuses to run as root; 65534 is nobody.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn('pgbouncer', [settings], {
    ...user,
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines = keepLastLines(child.stderr, 20);
  const stop = async () => {
    await endChild(child, ['SIGTERM', 'SIGKILL'], 2_000);
    await rm(folder, { recursive: true });
  };
  try {
    await until(() => accepts(port), { what: 'PgBouncer', withinMs: 10_000 });
  } catch (error) {
    await stop();
    throw new Error(`PgBouncer did not start: ${lines.join('\n')}`, { cause: error });
  }
  return { port, stop };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
