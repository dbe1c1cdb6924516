import { connect } from 'node:net';
import { once } from 'node:events';
import pg from 'pg';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { runCli, spawnCli, type CliProcess } from '../helpers/cli.js';
import { until } from '../helpers/until.js';

const running: CliProcess[] = [];

afterEach(async () => {
  for (const cli of running.splice(0)) {
    cli.kill('SIGTERM');
    await cli.ended;
  }
});

function startRelay(...args: string[]): CliProcess {
  const cli = spawnCli(['relay', ...args]);
  running.push(cli);
  return cli;
}

describe('relay', () => {
  it('puts a distance before a database, also after a SIGHUP, and ends by a signal with 0', async () => {
    const server = inject('postgres');
    const upstream = `${server.host}:${server.port}`;
    const relay = startRelay('--upstream', upstream, '--rtt', '40');
    const line = await until(
      () => /^127\.0\.0\.1:(\d+) is 40 ms from (\S+)\n$/.exec(relay.stdout()) ?? undefined,
      {
        what: 'its address',
      },
    );
    expect(line[2]).toBe(upstream);
    const client = new pg.Client({ ...server, port: Number(line[1]), database: 'postgres' });
    await client.connect();
    const startedAt = performance.now();
    await client.query('SELECT 1');
    expect(performance.now() - startedAt).toBeGreaterThan(39);
    relay.kill('SIGHUP');
    await client.query('SELECT 1');
    const again = new pg.Client({ ...server, port: Number(line[1]), database: 'postgres' });
    await again.connect();
    await again.end();
    await client.end();
    relay.kill('SIGTERM');
    expect(await relay.ended).toBe(0);
  });

  it('ends also while a connection is open', async () => {
    const server = inject('postgres');
    const relay = startRelay('--upstream', `${server.host}:${server.port}`, '--rtt', '5');
    const port = await until(() => /:(\d+) is/.exec(relay.stdout())?.[1], { what: 'its port' });
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    relay.kill('SIGINT');
    expect(await relay.ended).toBe(0);
    socket.destroy();
  });

  it.each([
    [['--rtt', '5'], /required option '--upstream <host:port>'/],
    [['--upstream', 'db:5432'], /required option '--rtt <ms>'/],
    [['--upstream', 'db', '--rtt', '5'], /"db" is not host:port, such as database:5432/],
    [['--upstream', 'db:65536', '--rtt', '5'], /"db:65536" is not host:port/],
    [
      ['--upstream', 'db:5432', '--rtt', 'far'],
      /"far" is not allowed; expected milliseconds from 0 to 5000/,
    ],
    [['--upstream', 'db:5432', '--rtt', '5001'], /"5001" is not allowed/],
    [['--upstream', 'db:5432', '--rtt', '5', '--listen', '5432'], /"5432" is not host:port/],
  ])('%j exits 2 and says why', async (args, message) => {
    const { code, stdout, stderr } = await runCli(['relay', ...args]);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('exits 1 when the address is taken', async () => {
    const server = inject('postgres');
    const address = `${server.host}:${server.port}`;
    const { code, stderr } = await runCli([
      ...['relay', '--upstream', address, '--listen', address, '--rtt', '5'],
    ]);
    expect(stderr).toContain('EADDRINUSE');
    expect(code).toBe(1);
  });
});
