import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { runCli, spawnCli } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { urlOf, urlOfEnvironment } from '../helpers/database-url.js';
import { visit } from '../helpers/doctor.js';
import { startProxy } from '../helpers/proxy.js';
import { startSilentPort } from '../helpers/silent-port.js';
import { until } from '../helpers/until.js';
import { expectWrongUsage } from '../helpers/wrong-usage.js';

const closes: (() => unknown)[] = [];
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});
afterAll(() => database.drop());

const CHECKS = [
  ...['connection', 'addresses', 'tls', 'authentication', 'pooler', 'version', 'rights'],
  ...['publications', 'replication', 'connections', 'timeouts', 'clock', 'packets'],
];

/** Counts the sessions of pglatency while `work` lasts: the most at a time. */
async function mostSessions(work: Promise<unknown>): Promise<number> {
  let most = 0;
  const state = { isOver: false };
  void work.finally(() => (state.isOver = true));
  while (!state.isOver) {
    most = Math.max(most, await database.sessions());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return most;
}

describe('a database that is well', () => {
  test('all checks are ok, in lines that say what was found', async () => {
    const startedAt = performance.now();
    const { code, stdout, stderr } = await runCli(['doctor', urlOfEnvironment(database.env)]);
    const tookMs = performance.now() - startedAt;
    expect(stderr).toBe('');
    for (const check of CHECKS) {
      expect(stdout).toMatch(new RegExp(`^ {2}ok {7}${check} +\\S`, 'm'));
    }
    expect(stdout).toContain('13 checks: 13 ok, 0 warnings, 0 broken');
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(15_000);
    expect(stdout).not.toContain(database.env.DB_PASSWORD);
    expect(stdout).not.toContain('\u001b');
  });

  test('it has two sessions at most, leaves none, and changes nothing', async () => {
    const snapshot = () =>
      database.query(
        `SELECT (SELECT json_agg(c) FROM (SELECT relname, relnamespace FROM pg_class ORDER BY 1, 2) c) AS tables,
           (SELECT json_agg(r) FROM (SELECT * FROM pg_roles ORDER BY rolname) r) AS roles,
           (SELECT json_agg(s) FROM (SELECT * FROM pg_db_role_setting ORDER BY 1, 2) s) AS settings`,
      );
    const before = await snapshot();
    const work = visit([urlOfEnvironment(database.env)]);
    expect(await mostSessions(work)).toBeLessThanOrEqual(2);
    expect((await work).code).toBe(0);
    await until(async () => (await database.sessions()) === 0, { what: 'no session' });
    expect(await snapshot()).toEqual(before);
  });

  test('without a connection string it looks at the targets of the environment', async () => {
    const { code, document, statuses } = await visit([], database.env);
    expect(document.targets.map(({ target }) => target)).toEqual(['primary']);
    expect(statuses.connection).toBe('ok');
    expect(code).toBe(0);
  });
});

describe('without a connection', () => {
  test.each([
    ['a password that is wrong', 'auth'],
    ['a database that does not exist', 'missing_database'],
    ['TLS where there is none', 'tls'],
    ['nobody who listens', 'refused'],
    ['a name that does not resolve', 'dns'],
  ])('%s: the reason, why it matters and what to do, and nothing else is ok', async (_, reason) => {
    const server = { ...inject('postgres') };
    const urls: Record<string, string> = {
      auth: urlOf({ ...server, password: 'wrong' }, database.name),
      missing_database: urlOf(server, 'no_such_database'),
      tls: urlOf(server, database.name, '?sslmode=require'),
      refused: urlOf({ ...server, port: 1 }, database.name),
      dns: urlOf({ ...server, host: 'no-such-host.invalid' }, database.name),
    };
    const { code, statuses, of } = await visit([urls[reason] as string]);
    expect(code).toBe(1);
    const [finding] = of('connection');
    expect(finding?.found).toMatch(new RegExp(`^${reason}: `));
    expect(finding?.why).toMatch(/\S/);
    expect(finding?.mend).toMatch(/\S/);
    for (const check of ['rights', 'publications', 'connections', 'clock', 'packets', 'version']) {
      expect(statuses[check], check).toBe('unknown');
    }
  });

  test('a port that swallows packets is a timeout, in bounded time', async () => {
    const silent = await startSilentPort();
    closes.push(silent.close);
    const startedAt = performance.now();
    const { code, of } = await visit([
      urlOfEnvironment(database.env, silent.port),
      ...['--timeout', '1s'],
    ]);
    expect(code).toBe(1);
    expect(of('connection')[0]?.found).toMatch(/^timeout: no answer within 1000 ms$/);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', '10s', /^protocol: /],
    ['one that says nothing', null, '1s', /^timeout: .*the TCP handshake works/],
  ])('%s', async (_, answer, timeout, text) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => answer !== null && socket.write(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closes.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { code, of } = await visit([
      `postgres://app@127.0.0.1:${port}/app`,
      ...['--timeout', timeout],
    ]);
    expect(code).toBe(1);
    expect(of('connection')[0]?.found).toMatch(text);
  });
});

describe('Ctrl-C', () => {
  test('prints what was found so far, and leaves nothing behind', async () => {
    const cli = spawnCli(['doctor', urlOfEnvironment(database.env), '--idle', '1h']);
    await until(() => cli.stdout().includes('packets'), { what: 'the last quick check' });
    cli.kill('SIGINT');
    expect(await cli.ended).toBe(0);
    expect(cli.stdout()).toContain(
      '14 checks: 13 ok, 0 warnings, 0 broken, 1 not done: interrupted',
    );
    await until(async () => (await database.sessions()) === 0, { what: 'no session' });
  });

  test('before there is a connection says that, and is no success', async () => {
    const proxy = await startProxy(inject('postgres'));
    closes.push(proxy.close);
    proxy.freeze();
    const cli = spawnCli(['doctor', urlOfEnvironment(database.env, proxy.port)]);
    await until(() => cli.stdout().includes(', as '), { what: 'the title' });
    cli.kill('SIGINT');
    expect(await cli.ended).toBe(1);
    expect(cli.stdout()).toMatch(/13 checks: 0 ok, .* not done: interrupted/);
  });

  test('a reader that has seen enough ends it', async () => {
    const cli = spawnCli(['doctor', urlOfEnvironment(database.env), '--idle', '1h']);
    await until(() => cli.stdout().includes('packets'), { what: 'the last quick check' });
    cli.child.stdout?.destroy();
    cli.kill('SIGINT');
    await cli.ended;
    expect(cli.stderr()).toBe('');
  });
});

describe('wrong usage exits 2, names the place, and shows no secret', () => {
  test.each([
    ['no database', [], /URL: expected a connection string/],
    ['two', ['postgres://h/d', 'postgres://h/e'], /too many arguments/],
    ['a web address', ['https://s3cret.example.com'], /URL: .*this is a web address/],
    ['a port that is none', ['postgres://u:s3cret@h:99999/d'], /URL port: expected a whole number/],
    ['an unknown parameter', ['postgres://u:s3cret@h/d?speed=s3cret'], /URL speed: expected/],
    [
      'an idle time',
      ['postgres://h/d', '--idle', 'long'],
      /"long" is not allowed; expected a duration/,
    ],
    [
      'a timeout',
      ['postgres://h/d', '--timeout', '2h'],
      /"2h" is not allowed; expected a duration/,
    ],
  ])('%s', (_, args, text) => expectWrongUsage(['doctor', ...args], text));
});
