import { existsSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/lab/embedded-postgres.js';
import { preparePostgresBinaries } from '../../src/lab/postgres-binaries.js';
import { ask } from '../helpers/ask.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options?: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options);
  cleanups.push(server.dispose);
  return server;
}

/** Open to the server's user, and removed after the test. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-test-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('an embedded PostgreSQL', () => {
  it('is a real one with honest defaults, on the loopback, in a process group of its own', async () => {
    const server = await start({ database: 'contacts' });
    const row = await ask(
      server.connection,
      `SELECT version(), current_database() AS database, current_user AS role,
              current_setting('fsync') AS fsync, current_setting('listen_addresses') AS listens,
              current_setting('unix_socket_directories') AS sockets,
              current_setting('password_encryption') AS passwords`,
    );
    expect(row).toEqual({
      version: expect.stringMatching(/^PostgreSQL \d+/) as string,
      database: 'contacts',
      role: 'postgres',
      fsync: 'on',
      listens: '127.0.0.1',
      sockets: '',
      passwords: 'scram-sha-256',
    });
    // Its process group is its own, so a terminal's Ctrl-C does not reach it.
    expect(() => process.kill(-(server.pid ?? 0), 0)).not.toThrow();
    if (process.getuid?.() === 0) expect(statSync(server.dataDir).uid).toBe(65_534);
  });

  it('lets nobody in without the password, which is another one each time', async () => {
    const [one, other] = [await start(), await start()];
    expect(one.password).not.toBe(other.password);
    expect(one.port).not.toBe(other.port);
    const wrong = { ...one.connection, password: other.password };
    await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('takes settings, lines of pg_hba.conf and files: a server with TLS', async () => {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 });
    const server = await start({
      settings: { ssl: 'on', max_connections: '17' },
      files: { 'server.crt': pems.cert, 'server.key': pems.private },
      hba: ['hostssl all postgres all scram-sha-256', 'host all all all reject'],
    });
    const ssl = { ca: pems.cert, servername: 'localhost' };
    const row = await ask(
      { ...server.connection, ssl },
      `SELECT ssl, current_setting('max_connections') AS most
         FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    );
    expect(row).toEqual({ ssl: true, most: '17' });
    await expect(ask(server.connection, 'SELECT 1')).rejects.toMatchObject({ code: '28000' });
  });

  it('keeps its port and its data over a stop and a start', async () => {
    const server = await start({ settings: { max_connections: '17' } });
    const { port } = server;
    await ask(server.connection, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await server.stop();
    expect(server.pid).toBeUndefined();
    await expect(ask(server.connection, 'SELECT 1')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await server.start();
    expect(server.port).toBe(port);
    const row = await ask(
      server.connection,
      `SELECT answer, current_setting('max_connections') AS most FROM kept`,
    );
    expect(row).toEqual({ answer: 42, most: '17' });
  });

  it('drops its sessions in an immediate restart, and recovers', async () => {
    const server = await start();
    await ask(server.connection, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const client = new pg.Client(server.connection);
    const dropped = new Promise((resolve) => client.once('error', resolve));
    await client.connect();
    const before = server.pid;
    await server.restart('immediate');
    await dropped;
    expect(server.pid).not.toBe(before);
    expect(await ask(server.connection, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
  });

  it('leaves no process and no folder behind, also when it is disposed of twice', async () => {
    const server = await start();
    const { pid } = server;
    await server.dispose();
    await server.dispose();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(dirname(server.dataDir))).toBe(false);
  });

  it('names the last words of a server that does not start, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    vi.stubEnv('TMPDIR', folder);
    await expect(startEmbeddedPostgres({ settings: { nonsense: 'yes' } })).rejects.toThrow(
      /ended while it started; the end of its log:[^]*unrecognized configuration parameter "nonsense"/,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('programs that cannot run where they are installed', () => {
  it('are copied, with the links that an install without scripts leaves out', async () => {
    const folder = await temporaryFolder();
    const installed = await preparePostgresBinaries(join(folder, 'unused'));
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await cp(dirname(dirname(installed.postgres)), join(closed, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await rm(join(closed, 'native', 'lib', 'libpq.so.5'), { force: true });
    const from = {
      initdb: join(closed, 'native', 'bin', 'initdb'),
      postgres: join(closed, 'native', 'bin', 'postgres'),
    };
    const prepared = await preparePostgresBinaries(join(folder, 'copy'), from);
    expect(prepared.postgres).toBe(join(folder, 'copy', 'native', 'bin', 'postgres'));
  });
});
