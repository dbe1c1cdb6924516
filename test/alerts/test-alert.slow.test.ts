import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createNetServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { findTool, requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

/** Debian's name for it, or its own. */
const PROGRAM = ['prometheus-alertmanager', 'alertmanager'].find((name) => findTool(name) !== null);
const EXAMPLE = fileURLToPath(new URL('../../docs/pglatency.example.yaml', import.meta.url));

interface Notification {
  readonly receiver: string;
  readonly alerts: readonly { readonly labels: Record<string, string> }[];
}

/** A service behind Alertmanager: it takes notifications, or answers with another status. */
interface Receiver {
  readonly url: string;
  readonly notifications: Notification[];
  stop(): Promise<unknown>;
}

async function startReceiver(status: number): Promise<Receiver> {
  const notifications: Notification[] = [];
  const server: Server = createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      notifications.push(JSON.parse(body) as Notification);
      answer.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    notifications,
    stop: () => once(server.close(), 'close'),
  };
}

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

describe('pglatency alerts test, through a real Alertmanager with deploy/monitoring', () => {
  let folder: string;
  const stops: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pglatency-alertmanager-'));
    expect(await runCli(['fleet', 'render', folder, '--file', EXAMPLE])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true });
  });

  /** Alertmanager with the rendered routes, and the receivers whose secrets these are. */
  async function startAlertmanager(secrets: Readonly<Record<string, string>>): Promise<string> {
    const own = mkdtempSync(join(folder, 'run-'));
    const paths = {
      ALERTMANAGER_SECRETS: join(own, 'secrets'),
      ALERTMANAGER_MADE: join(own, 'made'),
    };
    mkdirSync(paths.ALERTMANAGER_SECRETS);
    for (const [name, text] of Object.entries(secrets)) {
      writeFileSync(join(paths.ALERTMANAGER_SECRETS, name), text);
    }
    const port = await freePort();
    const alertmanager = join(folder, 'monitoring/alertmanager');
    const child: ChildProcess = spawn(
      'sh',
      [
        join(alertmanager, 'with-receivers.sh'),
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        `--storage.path=${join(own, 'data')}`,
      ],
      {
        stdio: 'ignore',
        env: {
          PATH: process.env['PATH'],
          ALERTMANAGER_FOLDER: alertmanager,
          ALERTMANAGER_PROGRAM: PROGRAM,
          ...paths,
        },
      },
    );
    const ended = once(child, 'exit');
    stops.push(() => {
      child.kill();
      return ended;
    });
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/-/ready`)).ok, { what: 'Alertmanager is ready' });
    return url;
  }

  async function receiver(status: number): Promise<Receiver> {
    const made = await startReceiver(status);
    stops.push(made.stop);
    return made;
  }

  const sendTest = (url: string, ...args: string[]) =>
    runCli(['alerts', 'test', '--alertmanager', url, '--timeout', '60', ...args]);

  test('says that the receiver took it, that it refused it, and that nobody is told', async (context) => {
    if (PROGRAM === undefined)
      requireTool(context, 'prometheus-alertmanager', 'Debian package of that name');
    const [good, bad] = [await receiver(200), await receiver(400)];
    const takes = await startAlertmanager({ 'webhook-url': good.url });
    const tickets = await startAlertmanager({ 'webhook-url': good.url });
    const refuses = await startAlertmanager({ 'webhook-url': bad.url });
    const tells = await startAlertmanager({});
    const [taken, asJson, refused, nobody] = await Promise.all([
      sendTest(takes, '--fleet', 'production'),
      sendTest(tickets, '--json', '--severity', 'ticket'),
      sendTest(refuses),
      sendTest(tells),
    ]);

    expect(taken).toMatchObject({ code: 0 });
    expect(taken.stdout).toMatch(
      /^PglatencyTest, severity page, fleet production, target test-\w+\n {2}pages: webhook taken\n$/,
    );
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      ok: true,
      services: [{ receiver: 'tickets', service: 'webhook', outcome: 'taken' }],
      problem: null,
    });
    const got = good.notifications.map(({ receiver: name, alerts }) => [
      name,
      alerts[0]?.labels['alertname'],
    ]);
    expect(got.sort()).toEqual([
      ['pages', 'PglatencyTest'],
      ['tickets', 'PglatencyTest'],
    ]);

    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toContain("pages: webhook refused; Alertmanager's log has the reason");
    expect(bad.notifications.length).toBeGreaterThan(0);
    expect(nobody).toMatchObject({ code: 1 });
    expect(nobody.stdout).toContain('nobody was told: the receiver pages tells nobody');

    // It has ended its alert.
    const active = (await (await fetch(`${takes}/api/v2/alerts?active=true`)).json()) as object[];
    expect(active).toEqual([]);
  }, 120_000);

  test('says that a silence holds it back, and what was not sent in time', async (context) => {
    if (PROGRAM === undefined)
      requireTool(context, 'prometheus-alertmanager', 'Debian package of that name');
    const good = await receiver(200);
    const url = await startAlertmanager({ 'webhook-url': good.url });
    // `page` waits for ten seconds.
    const late = await runCli(['alerts', 'test', '--alertmanager', url, '--timeout', '1']);
    expect(late).toMatchObject({ code: 1 });
    expect(late.stdout).toContain('pages: webhook not sent within 1 s');
    const now = Date.now();
    const silence = {
      matchers: [{ name: 'alertname', value: 'PglatencyTest', isRegex: false, isEqual: true }],
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + 600_000).toISOString(),
      createdBy: 'a test',
      comment: 'a test',
    };
    const made = await fetch(`${url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(silence),
    });
    const { silenceID } = (await made.json()) as { silenceID: string };
    const silenced = await sendTest(url);
    expect(silenced).toMatchObject({ code: 1 });
    expect(silenced.stdout).toContain(`nobody was told: it is silenced, by ${silenceID}`);
  }, 120_000);
});

describe('pglatency alerts test with bad input', () => {
  test('names who does not answer, and shows no password', async () => {
    const port = await freePort();
    const { code, stderr } = await runCli([
      'alerts',
      'test',
      '--alertmanager',
      `http://user:hunter2@127.0.0.1:${port}`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `no Alertmanager answers at http://127.0.0.1:${port}: connect ECONNREFUSED`,
    );
    expect(stderr).not.toContain('hunter2');
  });

  test.each([
    [['--alertmanager', 'localhost:9093'], 'http:// or https://'],
    [['--alertmanager', 'http://h:1', '--timeout', '0'], 'whole seconds from 1 to 3600'],
    [['--alertmanager', 'http://h:1', '--fleet', 'A b'], 'a name of a-z'],
    [['--alertmanager', 'http://h:1', '--severity', 'loud'], 'page, ticket'],
    [[], '--alertmanager'],
  ])('%j is wrong usage', async (args, expected) => {
    const { code, stderr } = await runCli(['alerts', 'test', ...args]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(expected) as string,
    });
  });
});
