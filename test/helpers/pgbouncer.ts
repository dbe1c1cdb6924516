import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { endChild, keepLastLines } from '../../src/lab/child.js';
import { findFreePort } from '../../src/lab/ports.js';
import { until } from './until.js';

export interface PgBouncer {
  readonly port: number;
  /** A command of its console, such as PAUSE. */
  command(text: string): Promise<void>;
  stop(): Promise<void>;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface PgBouncerOptions {
  /** Lines of [pgbouncer], over those below. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** The databases that it knows; default: every name, on the server given. */
  readonly databases?: string;
}

/** A PgBouncer in transaction mode before this server, with two connections to it. */
export async function startPgBouncer(
  server: Server,
  options: PgBouncerOptions = {},
): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await findFreePort();
  const users = join(folder, 'users.txt');
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${server.user}" "${server.password}"\n`);
  await writeFile(
    settings,
    `[databases]
${options.databases ?? `* = host=${server.host} port=${server.port}`}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 2
admin_users = ${server.user}
${Object.entries(options.settings ?? {})
  .map(([name, value]) => `${name} = ${value}\n`)
  .join('')}
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
  return { port, command: (text) => command({ ...server, host: '127.0.0.1', port }, text), stop };
}

async function command(server: Server, text: string): Promise<void> {
  const console = new pg.Client({ ...server, database: 'pgbouncer' });
  await console.connect();
  try {
    await console.query(text);
  } finally {
    await console.end();
  }
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
