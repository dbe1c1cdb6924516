import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { runCli, spawnCli } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { urlOfEnvironment } from '../helpers/database-url.js';
import { startProxy, type Proxy } from '../helpers/proxy.js';
import { startSilentPort } from '../helpers/silent-port.js';
import { until } from '../helpers/until.js';
import { expectWrongUsage } from '../helpers/wrong-usage.js';

interface Document {
  readonly operation: string;
  readonly targets: readonly {
    readonly target: string;
    readonly connection: Record<string, unknown> | null;
    readonly failure: { readonly reason: string; readonly message: string } | null;
    readonly samples: readonly { readonly ms: number | null }[];
    readonly reconnections: number;
    readonly summary: Record<string, number | null>;
    readonly round_trips: { readonly sum: number } | null;
  }[];
}

const QUICK = ['--interval', '100ms', '--count', '3'];
const closes: (() => unknown)[] = [];
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});
afterAll(() => database.drop());

async function pingJson(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runCli(['ping', '--json', ...args], env);
  return { code, stderr, document: JSON.parse(stdout) as Document };
}

/** Counts the sessions of `pglatency ping` while `work` lasts: the most at a time. */
async function mostSessions(work: Promise<unknown>): Promise<number> {
  let most = 0;
  const state = { isOver: false };
  void work.finally(() => (state.isOver = true));
  while (!state.isOver) {
    most = Math.max(most, await database.sessions());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return most;
}

test('the phases, a line for each sample, the summary and what it means', async () => {
  const { code, stdout, stderr } = await runCli(['ping', urlOfEnvironment(database.env), ...QUICK]);
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^ {2}tcp +\d+\.\d+ ms {2}127\.0\.0\.1$/m);
  expect(stdout).toMatch(/^ {2}startup +\d+\.\d+ ms {2}SCRAM-SHA-256, PostgreSQL \d+\.\d+$/m);
  expect(stdout).toMatch(
    /^ {3}1 +\d+\.\d\d? ms\n {3}2 .*\n {3}3 .*\n\n3 queries, 3 answered, 0 lost$/m,
  );
  expect(stdout).toMatch(/^min .* p50 .* p95 .* max .* deviation .* ms$/m);
  expect(stdout).toContain('A new connection costs');
  expect(stdout).not.toContain(database.env.DB_PASSWORD);
  expect(stdout).not.toContain('\u001b');
});

test('--quiet leaves out the lines, --json prints one document', async () => {
  const quiet = await runCli(['ping', '--quiet', urlOfEnvironment(database.env), ...QUICK]);
  expect(quiet.stdout).not.toMatch(/^ {3}1 /m);
  expect(quiet.stdout).toContain('3 queries, 3 answered, 0 lost');
  const { code, document } = await pingJson([urlOfEnvironment(database.env), ...QUICK]);
  expect(code).toBe(0);
  const [target] = document.targets;
  expect(target).toMatchObject({
    target: '127.0.0.1',
    failure: null,
    connection: { address: '127.0.0.1', dns_ms: null, authentication: 'scram-sha-256' },
    summary: { sent: 3, answered: 3, lost: 0 },
  });
  expect(target?.samples.map(({ ms }) => typeof ms)).toEqual(['number', 'number', 'number']);
});

test('a role that may do nothing but connect is enough, on one connection that goes with the command', async () => {
  const env = await database.createRole();
  const work = pingJson([urlOfEnvironment(env), '--count', '5', '--interval', '100ms']);
  expect(await mostSessions(work)).toBe(1);
  expect((await work).code).toBe(0);
  await until(async () => (await database.sessions()) === 0, { what: 'no session' });
});

test('without a connection string it pings the targets of the environment', async () => {
  const { code, document } = await pingJson(QUICK, database.env);
  expect(code).toBe(0);
  expect(document.targets.map(({ target }) => target)).toEqual(['primary']);
});

test('several databases side by side, and one that is not there costs only itself', async () => {
  const proxy = await startProxy(inject('postgres'));
  const silent = await startSilentPort();
  closes.push(proxy.close, silent.close);
  const urls = [database.env.DB_PORT, proxy.port, silent.port].map((port) =>
    urlOfEnvironment(database.env, String(port)),
  );
  const { code, stdout } = await runCli(['ping', ...urls, ...QUICK, '--timeout', '1s']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ {3}1 +\d+\.\d+ ms +\d+\.\d+ ms$/m);
  expect(stdout).toContain('timeout: no answer within 1000 ms');
  expect(stdout).toMatch(/^127\.0\.0\.1:\d+ +3 +0 +\d/m);
  expect(stdout).toMatch(/^127\.0\.0\.1:\d+ +0 +0 +– +– +– +– +– +–$/m);
});

describe('a path that dies without a word', () => {
  let proxy: Proxy;
  beforeAll(async () => {
    proxy = await startProxy(inject('postgres'));
  });
  afterAll(() => proxy.close());

  test('loses samples, opens one other connection when it is back, and says so', async () => {
    const cli = spawnCli([
      ...['ping', urlOfEnvironment(database.env, String(proxy.port))],
      ...['--count', '12', '--interval', '200ms', '--timeout', '300ms'],
    ]);
    await until(() => / 2 +\d+\.\d/.test(cli.stdout()), { what: 'two samples' });
    proxy.freeze();
    await until(() => /lost {2}timeout: no answer/.test(cli.stdout()), { what: 'a lost sample' });
    proxy.thaw();
    expect(await cli.ended).toBe(1);
    expect(cli.stdout()).toMatch(/the connection was dead: another one took \d/);
    expect(cli.stdout()).toMatch(/12 queries, \d+ answered, \d+ lost/);
    expect(cli.stdout()).toMatch(/ 12 +\d+\.\d+ ms/);
    await until(async () => (await database.sessions()) === 0, { what: 'no session' });
  }, 60_000);
});

describe('Ctrl-C', () => {
  test('prints the summary so far, and leaves nothing behind', async () => {
    const cli = spawnCli([
      'ping',
      urlOfEnvironment(database.env),
      '--count',
      '0',
      '--interval',
      '100ms',
    ]);
    await until(() => / 3 +\d/.test(cli.stdout()), { what: 'three samples' });
    cli.kill('SIGINT');
    expect(await cli.ended).toBe(0);
    expect(cli.stdout()).toMatch(/\n\d+ queries, \d+ answered, 0 lost\nmin /);
    expect(await database.sessions()).toBe(0);
  });

  test('before there is a connection says that, and ends at once', async () => {
    const silent = await startSilentPort();
    closes.push(silent.close);
    const cli = spawnCli(['ping', urlOfEnvironment(database.env, String(silent.port))]);
    await until(() => isDialling(silent.port), { what: 'the first packet' });
    cli.kill('SIGINT');
    expect(await cli.ended).toBe(1);
    expect(cli.stdout()).toContain('interrupted before a connection was open');
  });

  test('in the middle of a question cancels it on the server', async () => {
    const proxy = await startProxy(inject('postgres'));
    closes.push(proxy.close);
    const cli = spawnCli([
      'ping',
      urlOfEnvironment(database.env, String(proxy.port)),
      '--interval',
      '100ms',
    ]);
    await until(() => / 1 +\d/.test(cli.stdout()), { what: 'a sample' });
    proxy.freeze();
    await new Promise((resolve) => setTimeout(resolve, 300));
    proxy.thaw();
    cli.kill('SIGINT');
    await cli.ended;
    expect(cli.stdout()).toMatch(/\d+ (?:query|queries), \d+ answered, 0 lost/);
    await until(async () => (await database.sessions()) === 0, { what: 'no session' });
  });
});

test('a reader that has seen enough ends it', async () => {
  const cli = spawnCli([
    'ping',
    urlOfEnvironment(database.env),
    '--count',
    '0',
    '--interval',
    '100ms',
  ]);
  await until(() => / 1 +\d/.test(cli.stdout()), { what: 'a sample' });
  cli.child.stdout?.destroy();
  await cli.ended;
  expect(cli.stderr()).toBe('');
  await until(async () => (await database.sessions()) === 0, { what: 'no session' });
});

describe('--insert', () => {
  test('says what it does, and no table, no row and no transaction is left', async () => {
    const work = runCli(['ping', '--insert', urlOfEnvironment(database.env), ...QUICK]);
    expect(await mostSessions(work)).toBe(1);
    const { code, stdout } = await work;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^each sample is an INSERT into a temporary table/);
    expect(stdout).toContain('3 inserts, 3 answered, 0 lost');
    const [left] = await database.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_class WHERE relname LIKE 'pglatency%'",
    );
    expect(left?.n).toBe(0);
  });

  test('without the right to temporary tables is a failure that says so', async () => {
    const env = await database.createRole();
    await database.query(`REVOKE TEMPORARY ON DATABASE ${database.name} FROM PUBLIC`);
    const { code, document } = await pingJson(['--insert', urlOfEnvironment(env), ...QUICK]);
    expect(code).toBe(1);
    expect(document.targets[0]?.failure).toMatchObject({ reason: 'permission' });
    expect(document.targets[0]?.samples).toEqual([]);
  });
});

describe('what is no PostgreSQL', () => {
  const start = async (greet: string | null, answer: string | null): Promise<Server> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (greet !== null) socket.write(greet);
      socket.on('data', () => answer !== null && socket.write(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closes.push(() => server.close());
    return server;
  };

  test.each([
    ['a web server', null, 'HTTP/1.1 400 Bad Request\r\n\r\n', 'protocol'],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n', null, 'protocol'],
    ['a server that says nothing', null, null, 'timeout'],
  ])('%s', async (_, greet, answer, reason) => {
    const server = await start(greet, answer);
    const { port } = server.address() as AddressInfo;
    const url = `postgres://app@127.0.0.1:${port}/app`;
    const { code, document } = await pingJson([url, '--timeout', '500ms', ...QUICK]);
    expect(code).toBe(1);
    expect(document.targets[0]?.failure?.reason).toBe(reason);
  });
});

test.each([
  ['TLS where there is none', '?sslmode=require', 'tls'],
  ['a password that is wrong', '', 'auth'],
])('%s fails with its reason', async (_, query, reason) => {
  const env = reason === 'auth' ? { ...database.env, DB_PASSWORD: 'wrong' } : database.env;
  const { code, document } = await pingJson([`${urlOfEnvironment(env)}${query}`, ...QUICK]);
  expect(code).toBe(1);
  expect(document.targets[0]?.failure?.reason).toBe(reason);
});

test('a name that does not resolve fails with dns', async () => {
  const { code, document } = await pingJson(['postgres://app@no-such-host.invalid/app', ...QUICK]);
  expect(code).toBe(1);
  expect(document.targets[0]?.failure?.reason).toBe('dns');
});

describe('wrong usage exits 2, names the place, and shows no secret', () => {
  test.each([
    ['no database', [], /URL: expected a connection string/],
    ['a web address', ['https://s3cret.example.com'], /URL: .*this is a web address/],
    ['another database', ['mysql://u:s3cret@h/d'], /another kind of database/],
    ['JDBC', ['jdbc:postgresql://h/d?password=s3cret'], /JDBC/],
    ['nothing', [''], /it is empty/],
    ['a port that is none', ['postgres://u:s3cret@h:99999/d'], /URL port: expected a whole number/],
    ['an unknown parameter', ['postgres://u:s3cret@h/d?speed=s3cret'], /URL speed: expected/],
    ['a bad sslmode', ['postgres://u:s3cret@h/d?sslmode=s3cret'], /URL sslmode: expected one of/],
    ['an @ in the password', ['postgres://u:s3c@ret@h/d'], /one @/],
    ['the second of two', ['postgres://h/d', 'http://h'], /URL 2: /],
    ['a count', ['--count', 'many', 'postgres://h/d'], /"many" is not allowed/],
    [
      'an interval',
      ['--interval', '1', 'postgres://h/d'],
      /"1" is not allowed; expected a duration/,
    ],
    [
      'a timeout',
      ['--timeout', '2h', 'postgres://h/d'],
      /"2h" is not allowed; expected a duration/,
    ],
  ])('%s', (_, args, text) => expectWrongUsage(['ping', ...args], text));
});

/** Whether somebody waits for the answer to a SYN. https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt */
function isDialling(port: number): boolean {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')} 02 `;
  return readFileSync('/proc/net/tcp', 'utf8').includes(remote);
}
