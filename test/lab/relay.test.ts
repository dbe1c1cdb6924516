import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startRelay, type Relay, type RelayOptions } from '../../src/lab/relay.js';

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server.close(), 'close');
  });
  return server;
}

const echo = (socket: Socket) => socket.on('data', (bytes) => socket.write(bytes));
const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function relayTo(
  server: Server | number,
  options: Omit<RelayOptions, 'upstream'>,
): Promise<Relay> {
  const port = typeof server === 'number' ? server : portOf(server);
  const relay = await startRelay({ upstream: { host: '127.0.0.1', port }, ...options });
  cleanups.push(() => relay.close());
  return relay;
}

async function dial({ port }: Relay): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  cleanups.push(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Resolves when the socket is gone, by whatever way. */
const goneOf = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

/** Sends a message and waits for the echo; milliseconds. */
async function exchange(socket: Socket): Promise<number> {
  const start = performance.now();
  socket.write('question');
  await once(socket, 'data');
  return performance.now() - start;
}

async function exchanges(socket: Socket, count: number): Promise<number[]> {
  const durations = [];
  for (let i = 0; i < count; i += 1) durations.push(await exchange(socket));
  return durations;
}

describe('the added round trip', () => {
  it('is never less than asked for, and at best less than a millisecond more', async () => {
    const relay = await relayTo(await listen(echo), { rttMs: 12.5 });
    const socket = await dial(relay);
    await exchange(socket);
    // On a busy machine few are at their best.
    const durations = await exchanges(socket, 100);
    expect(Math.min(...durations)).toBeGreaterThanOrEqual(12.5);
    expect(Math.min(...durations)).toBeLessThan(13.5);
  });

  it('is measured: no exchange is shorter than what the relay says that it took', async () => {
    const relay = await relayTo(await listen(echo), { rttMs: 6, label: String });
    const socket = await dial(relay);
    await exchange(socket);
    relay.resetStats();
    const durations = await exchanges(socket, 10);
    const { exchanges: measured } = relay.stats();
    expect(measured).toHaveLength(10);
    measured.forEach(({ label, upMs, serverMs, downMs }, i) => {
      expect(label).toBe('question');
      expect(upMs).toBeGreaterThanOrEqual(3);
      expect(downMs).toBeGreaterThanOrEqual(3);
      expect(serverMs).toBeGreaterThan(0);
      expect(upMs + serverMs + downMs).toBeLessThanOrEqual(durations[i] ?? NaN);
    });
  });

  it('is paid once more by the first bytes, for the handshake that the kernel answered', async () => {
    const relay = await relayTo(await listen(echo), { rttMs: 40 });
    const socket = await dial(relay);
    expect(await exchange(socket)).toBeGreaterThanOrEqual(80);
    expect(Math.min(...(await exchanges(socket, 3)))).toBeLessThan(80);
  });

  it('varies with jitter around the asked-for time', async () => {
    const relay = await relayTo(await listen(echo), { rttMs: 10, jitterMs: 6 });
    const socket = await dial(relay);
    await exchange(socket);
    relay.resetStats();
    await exchanges(socket, 60);
    const added = relay.stats().exchanges.map(({ upMs, downMs }) => upMs + downMs);
    expect(Math.min(...added)).toBeGreaterThanOrEqual(4);
    expect(Math.min(...added)).toBeLessThan(9.5);
    expect(Math.max(...added)).toBeGreaterThan(10.5);
  });

  it('can be changed while connections are open', async () => {
    const relay = await relayTo(await listen(echo), { rttMs: 1 });
    const socket = await dial(relay);
    await exchange(socket);
    relay.setRtt(30);
    expect(await exchange(socket)).toBeGreaterThanOrEqual(30);
    relay.setRtt(0);
    expect(Math.min(...(await exchanges(socket, 5)))).toBeLessThan(30);
  });
});

describe('what passes', () => {
  it('arrives whole and in order, with jitter, and the half-closed side still gets its answer', async () => {
    const digest = (parts: Buffer[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
    const server = await listen((socket) => {
      const parts: Buffer[] = [];
      socket.on('data', (bytes) => parts.push(bytes));
      socket.on('end', () => socket.end(digest(parts)));
    });
    const relay = await relayTo(server, { rttMs: 4, jitterMs: 4 });
    const socket = await dial(relay);
    const blocks = Array.from({ length: 64 }, () => randomBytes(128 * 1024));
    for (const block of blocks) socket.write(block);
    socket.end();
    const answer: Buffer[] = [];
    for await (const bytes of socket) answer.push(bytes as Buffer);
    expect(Buffer.concat(answer).toString()).toBe(digest(blocks));
    await vi.waitFor(() => expect(relay.connections).toBe(0));
  });

  it('makes a sender wait for a reader that does not read, and loses nothing', async () => {
    const SIZE = 48 * 1024 * 1024;
    let received = 0;
    let reader: Socket | undefined;
    const server = await listen((socket) => {
      reader = socket.pause();
      socket.on('data', (bytes) => (received += bytes.length));
      socket.pause();
    });
    const socket = await dial(await relayTo(server, { rttMs: 1 }));
    for (let sent = 0; sent < SIZE; sent += 1024 * 1024) socket.write(Buffer.alloc(1024 * 1024));
    let before = -1;
    await vi.waitFor(
      () => {
        const waiting = socket.writableLength;
        const settled = waiting === before;
        before = waiting;
        expect(settled).toBe(true);
      },
      { interval: 200, timeout: 10_000 },
    );
    expect(socket.writableLength).toBeGreaterThan(SIZE / 2);
    reader?.resume();
    await vi.waitFor(() => expect(received).toBe(SIZE), { timeout: 10_000 });
  });
});

describe('faults', () => {
  it('passes nothing while frozen, not even an end, and what it held when it thaws', async () => {
    let seen = '';
    let ended = false;
    const server = await listen((socket) => {
      echo(socket);
      socket.on('data', (bytes) => (seen += bytes.toString()));
      socket.on('end', () => (ended = true));
    });
    const relay = await relayTo(server, { rttMs: 2 });
    const clock = await dial(await relayTo(await listen(echo), { rttMs: 2 }));
    const socket = await dial(relay);
    await exchange(socket);
    relay.freeze();
    socket.end('held');
    const late = await dial(relay);
    late.write('late');
    await exchanges(clock, 10);
    expect(seen).toBe('question');
    expect(ended).toBe(false);
    expect(socket.destroyed).toBe(false);
    relay.thaw();
    await vi.waitFor(() => expect(seen).toMatch(/^question(heldlate|lateheld)$/));
    await vi.waitFor(() => expect(ended).toBe(true));
  });

  it('ends the client when the upstream refuses', async () => {
    const server = await listen(echo);
    const port = portOf(server);
    await once(server.close(), 'close');
    const socket = await dial(await relayTo(port, { rttMs: 2 }));
    const failure = new Promise<Error>((resolve) => socket.once('error', resolve));
    socket.write('anybody?');
    expect(await failure).toMatchObject({ code: 'ECONNRESET' });
  });

  it('ends the other side when one side dies', async () => {
    const accepted: Socket[] = [];
    const server = await listen((socket) => {
      accepted.push(socket);
      echo(socket);
    });
    const relay = await relayTo(server, { rttMs: 2 });
    const first = await dial(relay);
    await exchange(first);
    const serverSide = accepted[0] as Socket;
    const upstreamGone = goneOf(serverSide);
    first.resetAndDestroy();
    await upstreamGone;

    const second = await dial(relay);
    await exchange(second);
    const clientGone = goneOf(second);
    accepted[1]?.resetAndDestroy();
    await clientGone;
    await vi.waitFor(() => expect(relay.connections).toBe(0));
  });

  it('ends its connections when it is closed, and frees the port', async () => {
    const relay = await relayTo(await listen(echo), { rttMs: 2 });
    const socket = await dial(relay);
    await exchange(socket);
    const gone = once(socket, 'end');
    await relay.close();
    await gone;
    const again = connect({ host: '127.0.0.1', port: relay.port });
    const [error] = (await once(again, 'error')) as [Error];
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
