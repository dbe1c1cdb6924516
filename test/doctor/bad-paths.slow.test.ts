import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { urlOf } from '../helpers/database-url.js';
import { visit } from '../helpers/doctor.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

/** Two machines with a cable between them; the addresses are those of RFC 5737. */
const SERVER_ADDRESS = '192.0.2.1';
const CLIENT_ADDRESS = '192.0.2.2';
const PORT = 5432;
/** What passes: the payload of a small question, and no full packet. */
const MAX_PACKET_BYTES = 1_280;

const id = randomBytes(3).toString('hex');
const [serverSide, clientSide] = [`pgl-${id}-s`, `pgl-${id}-c`];
const closes: (() => unknown)[] = [];
let server: EmbeddedPostgres;

/** The machine's own TCP, in front of the server's socket: a path in the file system leads out of a namespace. */
const FORWARDER = `
  const { connect, createServer } = require('node:net');
  createServer((client) => {
    const server = connect(process.argv[1]);
    for (const it of [client, server]) it.on('error', () => { client.destroy(); server.destroy(); });
    client.pipe(server).pipe(client);
  }).listen(${PORT}, '${SERVER_ADDRESS}', () => console.log('listening'));
`;

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
const filter = (side: string, ...args: string[]) =>
  ip('netns', 'exec', side, 'iptables', '-w', ...args);

beforeAll(async () => {
  if (process.getuid?.() !== 0) return;
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-socket-'));
  chmodSync(folder, 0o777);
  closes.push(() => rmSync(folder, { recursive: true, force: true }));
  server = await startEmbeddedPostgres({ settings: { unix_socket_directories: folder } });
  closes.push(() => server.dispose());
  for (const side of [serverSide, clientSide]) {
    ip('netns', 'add', side);
    closes.push(() => ip('netns', 'delete', side));
  }
  ip(
    '-n',
    serverSide,
    'link',
    'add',
    'cable',
    'type',
    'veth',
    'peer',
    'name',
    'cable',
    'netns',
    clientSide,
  );
  for (const [side, address] of [
    [serverSide, SERVER_ADDRESS],
    [clientSide, CLIENT_ADDRESS],
  ] as const) {
    ip('-n', side, 'address', 'add', `${address}/30`, 'dev', 'cable');
    ip('-n', side, 'link', 'set', 'cable', 'up');
    ip('-n', side, 'link', 'set', 'lo', 'up');
  }
  const socket = join(folder, `.s.PGSQL.${server.port}`);
  const forwarder = spawn(
    'ip',
    ['netns', 'exec', serverSide, process.execPath, '-e', FORWARDER, socket],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  closes.push(() => end(forwarder));
  let output = '';
  forwarder.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes('listening'), { what: 'the forwarder' });
});

afterAll(async () => {
  for (const close of closes.reverse()) await close();
});

beforeEach((context) => {
  requireTool(context, 'ip', 'the Debian package iproute2');
  requireTool(context, 'iptables', 'the Debian package iptables');
  if (process.getuid?.() === 0) return;
  console.warn(`\n*** SKIPPED, because namespaces need root: ${context.task.name} ***\n`);
  context.skip('namespaces need root');
});

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
}

const look = (...args: string[]) => {
  const url = urlOf({ ...server, host: SERVER_ADDRESS, port: PORT }, 'postgres');
  return visit([url, '--timeout', '4s', ...args], {}, ['ip', 'netns', 'exec', clientSide]);
};

test('a path on which nothing is wrong', async () => {
  const { code, statuses } = await look('--idle', '2s');
  expect(statuses).toMatchObject({ packets: 'ok', idle: 'ok' });
  expect(code).toBe(0);
});

test.each([
  ['a large answer does not arrive', clientSide],
  ['a large question is not answered', serverSide],
])(
  'a path that swallows full packets: %s',
  async (text, side) => {
    const rule = [
      'INPUT',
      '-i',
      'cable',
      '-m',
      'length',
      '--length',
      `${MAX_PACKET_BYTES + 1}:65535`,
    ];
    filter(side, '-A', ...rule, '-j', 'DROP');
    try {
      const { code, statuses, of } = await look();
      const { packets, tls, ...others } = statuses;
      expect(packets).toBe('broken');
      expect(of('packets')[0]?.found).toContain(text);
      expect(of('packets')[0]?.mend).toContain('mtu 1280');
      expect(Object.values(others)).not.toContain('broken');
      expect(tls).toBe('warning');
      expect(code).toBe(1);
    } finally {
      filter(side, '-D', ...rule, '-j', 'DROP');
    }
  },
  60_000,
);

/** Before the first keep-alive packet, which comes after 30 s, and after it. */
test.each([
  [10, 15, 'broken', /does not live for 15 s/],
  [38, 45, 'warning', /without keep-alive packets is dead .*one with them every 30 s answers/],
])(
  'a firewall that forgets connections after %i s',
  async (forgetsAfterS, idleS, status, text) => {
    const set = (name: string, value: number) => {
      const file = `/proc/sys/net/netfilter/nf_conntrack_tcp_${name}`;
      ip('netns', 'exec', serverSide, 'sh', '-c', `echo ${value} >${file}`);
    };
    const rule = ['INPUT', '-p', 'tcp', '-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'DROP'];
    filter(serverSide, '-A', ...rule);
    try {
      set('loose', 0);
      set('timeout_established', forgetsAfterS);
      const { of } = await look('--idle', `${idleS}s`);
      expect(of('idle')[0]?.status).toBe(status);
      expect(of('idle')[0]?.found).toMatch(text);
    } finally {
      filter(serverSide, '-D', ...rule);
    }
  },
  120_000,
);
