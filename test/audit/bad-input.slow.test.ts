import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, inject, test } from 'vitest';
import { auditEnv, startAudit } from '../helpers/audit.js';
import { runCli } from '../helpers/cli.js';
import { startStrangeServer } from '../helpers/not-postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'audit-bad-input-'));
const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PASSWORD = 'hidden-password';

/** Runs an audit of the test's server, or of another one, with nothing but this. */
function audit(args: readonly string[], url = auditEnv(inject('postgres')).DATABASE_URL as string) {
  return runCli(['audit', '--rtt', 'lhr=12', ...args], {
    DATABASE_URL: url,
    NODE: process.execPath,
  });
}

const urlOf = (port: number, query = '') =>
  `postgresql://app:${PASSWORD}@127.0.0.1:${port}/shop${query}`;

describe('wrong usage ends with 2, before anything runs', () => {
  test('a connection string', async () => {
    const { code, stderr } = await audit(
      ['--', 'touch', join(folder, 'ran')],
      `${urlOf(5432)}?x=1`,
    );
    expect(stderr).toContain("DATABASE_URL x: expected one of libpq's parameters");
    expect(stderr).not.toContain(PASSWORD);
    expect(code).toBe(2);
    expect(() => readFileSync(join(folder, 'ran'))).toThrow();
  });

  test('a report file that is there already stays as it was', async () => {
    const path = join(folder, 'there.md');
    writeFileSync(path, 'mine');
    const { code, stdout, stderr } = await audit(['--report', path, '--', 'true']);
    expect(stderr).toContain(`--report ${path}: it exists already, and is not overwritten`);
    expect([code, stdout]).toEqual([2, '']);
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  test.each([
    [['--report', '/no/such/folder/x.md'], 'its folder does not exist'],
    [['--report', 'a.md', '--report', 'a.md'], '--report a.md is given twice'],
    [['--budget', 'nrt=1s'], '--budget nrt: its distance is not known; known are lhr'],
    [['--as-if', 'nowhere'], '--as-if nowhere: its distance is not known'],
    [['--fleet', 'http://127.0.0.1:1'], 'cannot be used with option'],
  ])('%j', async (args, expected) => {
    const { code, stdout, stderr } = await audit([...args, '--', 'true']);
    expect(stderr).toContain(expected);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('a server that cannot be used ends with 1, and a line that says why', () => {
  test('nobody listens there', async () => {
    const { port, close } = await startStrangeServer((socket) => socket.destroy());
    await close();
    const { code, stdout, stderr } = await audit(['--', 'true'], urlOf(port));
    expect(stderr).toContain(`the server at 127.0.0.1:${port} cannot be used`);
    expect(stderr).toContain('nobody listens there');
    expect([code, stdout]).toEqual([1, '']);
  });

  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'it does not speak PostgreSQL'],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2p1\r\n', 'it does not speak PostgreSQL'],
    ['one that hangs up', '', 'the server closed the connection'],
  ])('%s', async (_, greeting, expected) => {
    const { port, close } = await startStrangeServer((socket) => socket.end(greeting));
    closes.push(close);
    const { code, stdout, stderr } = await audit(['--', 'true'], urlOf(port));
    expect(stderr).toContain(expected);
    expect(stderr).not.toContain(PASSWORD);
    expect([code, stdout]).toEqual([1, '']);
  });

  test.each(['require', 'verify-full'])('sslmode=%s where there is no TLS', async (mode) => {
    const url = `${auditEnv(inject('postgres')).DATABASE_URL}?sslmode=${mode}`;
    const { code, stderr } = await audit(['--', 'true'], url);
    expect(stderr).toContain(`does not support SSL connections, and sslmode=${mode} demands it`);
    expect(stderr).not.toContain(inject('postgres').password);
    expect(code).toBe(1);
  });
});

test('two audits on one port: the second says so, and the first goes on', async () => {
  const first = await startAudit();
  closes.push(() => first.cli.kill('SIGKILL'));
  const { code, stderr } = await audit(['--listen', String(first.port)]);
  expect(stderr).toContain(
    `--listen 127.0.0.1:${first.port}: another program uses it, perhaps another audit`,
  );
  expect(code).toBe(1);
  expect((await first.report()).units).toEqual([]);
});

describe('a command', () => {
  test('that does not exist', async () => {
    const { code, stdout, stderr } = await audit(['--', 'no-such-command']);
    expect(stderr).toContain('no-such-command: there is no such command');
    expect([code, stdout]).toEqual([2, '']);
  });

  test('that cannot be executed', async () => {
    const path = join(folder, 'plain.txt');
    writeFileSync(path, '');
    const { code, stderr } = await audit(['--', path]);
    expect(stderr).toContain(`${path}: it cannot be executed`);
    expect(code).toBe(2);
  });

  test('that ignores the variables', async () => {
    const { code, stderr } = await audit(['--', 'true']);
    expect(stderr).toContain(
      'nothing came through the proxy: no connection was made to 127.0.0.1:',
    );
    expect(stderr).toContain('DATABASE_URL or PGHOST and PGPORT');
    expect(code).toBe(1);
  });

  test('that ends early gives its own exit code', async () => {
    const { code, stderr } = await audit(['--', 'sh', '-c', 'exit 7']);
    expect(stderr).toContain('sh ended with exit code 7');
    expect(stderr).toContain('nothing came through the proxy');
    expect(code).toBe(7);
  });

  test('that a signal ended gives what a shell gives', async () => {
    const { code, stderr } = await audit(['--', 'sh', '-c', 'kill -KILL $$']);
    expect(stderr).toContain('sh was ended by SIGKILL');
    expect(code).toBe(137);
  });

  test('that connects and does not get in', async () => {
    const url = new URL(auditEnv(inject('postgres')).DATABASE_URL as string);
    url.password = PASSWORD;
    const connect = `import pg from 'pg';
      const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
      await client.connect().catch(() => undefined);`;
    const { code, stderr } = await audit(
      ['--', process.execPath, '--input-type=module', '-e', connect],
      url.href,
    );
    expect(stderr).toContain('connections were made, but none of them logged in');
    expect(stderr).not.toContain(PASSWORD);
    expect(code).toBe(1);
  });
});
