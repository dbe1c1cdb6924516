import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createDelayLine } from './delay-line.js';
import { createExchangeLog, type Exchange, type ExchangeLog } from './exchanges.js';

export interface RelayOptions {
  /** A host and its port, or a Unix socket. */
  readonly upstream: { readonly host: string; readonly port: number } | { readonly path: string };
  /** The round-trip time to add, in milliseconds; half of it in each direction. */
  readonly rttMs: number;
  /** The round-trip time varies evenly by this much, up and down; default 0. */
  readonly jitterMs?: number;
  /** Default 127.0.0.1. */
  readonly listenHost?: string;
  /** Default 0: any free port. */
  readonly listenPort?: number;
  /** Names an exchange by its request's first bytes, for `stats`. */
  readonly label?: (request: Buffer) => string;
}

export interface Relay {
  readonly port: number;
  /** Open connections. */
  readonly connections: number;
  /** For what arrives from now on. */
  setRtt(rttMs: number): void;
  /** Silent network death: nothing passes, no FIN and no RST either. New connections hang too. */
  freeze(): void;
  /** What was held passes now, late, as after retransmission. */
  thaw(): void;
  /** What the relay really added, for each exchange; the oldest of more than 10 000 are forgotten. */
  stats(): { readonly exchanges: readonly Exchange[] };
  resetStats(): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** In flight in one direction before the sender is made to wait. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** What all connections of a relay share. */
interface Link {
  rttMs: number;
  jitterMs: number;
  frozen: boolean;
  readonly upstream: RelayOptions['upstream'];
  readonly exchanges: ExchangeLog;
}

/**
 * A TCP relay that adds a round-trip time, as distance would: each direction is delayed by half of it,
 * in order. The kernel accepts a client's handshake at once, so the client's first bytes wait one more
 * round trip: a connection costs what it would cost across the distance. An error or a reset on one
 * side ends the other side, after the same delay.
 *
 * @throws the listener's error.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const link: Link = {
    rttMs: options.rttMs,
    jitterMs: options.jitterMs ?? 0,
    frozen: false,
    upstream: options.upstream,
    exchanges: createExchangeLog(options.label ?? (() => '')),
  };
  const wires = new Set<ReturnType<typeof joinSockets>>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    // Accepted by the kernel before the listener closed.
    if (!server.listening) return void client.destroy();
    const wire = joinSockets(client, link, () => wires.delete(wire));
    wires.add(wire);
  });
  server.listen(options.listenPort ?? 0, options.listenHost ?? '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return wires.size;
    },
    setRtt: (rttMs) => (link.rttMs = rttMs),
    freeze: () => (link.frozen = true),
    thaw() {
      link.frozen = false;
      for (const wire of wires) wire.wake();
    },
    stats: () => ({ exchanges: link.exchanges.list() }),
    resetStats: () => link.exchanges.clear(),
    async close() {
      const closed = server.listening ? once(server, 'close') : undefined;
      // First, so that nobody comes in while those who are in are sent away.
      server.close();
      for (const wire of wires) wire.destroy();
      await closed;
    },
  };
}

/** Carries one client's connection to the upstream server and back. */
function joinSockets(client: Socket, link: Link, onGone: () => void) {
  const server = connect({ ...link.upstream, allowHalfOpen: true, noDelay: true });
  const observer = link.exchanges.observe();
  let handshakeMs = link.rttMs;
  const up = carry(client, server, link, {
    arrived: (bytes) => observer.requestArrived(bytes),
    passed: () => observer.requestPassed(),
    extraDelayMs: () => {
      const extra = handshakeMs;
      handshakeMs = 0;
      return extra;
    },
  });
  const down = carry(server, client, link, {
    arrived: () => observer.answerArrived(),
    passed: () => observer.answerPassed(),
    extraDelayMs: () => 0,
  });
  const goneWhenBothAre = () => {
    if (client.destroyed && server.destroyed) onGone();
  };
  client.on('close', goneWhenBothAre);
  server.on('close', goneWhenBothAre);
  return {
    wake() {
      up.wake();
      down.wake();
    },
    destroy() {
      up.clear();
      down.clear();
      client.destroy();
      server.destroy();
    },
  };
}

interface Direction {
  readonly arrived: (bytes: Buffer) => void;
  readonly passed: () => void;
  readonly extraDelayMs: () => number;
}

/** Carries what one socket says to the other: bytes, its end, and its death. */
function carry(from: Socket, to: Socket, link: Link, direction: Direction) {
  let queuedBytes = 0;
  let blocked = false;
  const line = createDelayLine<Buffer | 'end' | 'gone'>({
    mayDeliver: () => !link.frozen && !blocked,
    deliver(item) {
      if (item === 'gone') return void to.resetAndDestroy();
      if (item === 'end') return void to.end();
      queuedBytes -= item.length;
      if (queuedBytes <= MAX_QUEUED_BYTES) from.resume();
      if (to.destroyed) return;
      blocked = !to.write(item);
      direction.passed();
    },
  });
  const delayMs = () => {
    const jitterMs = (Math.random() * 2 - 1) * link.jitterMs;
    return Math.max(0, (link.rttMs + jitterMs) / 2) + direction.extraDelayMs();
  };
  from.on('data', (bytes: Buffer) => {
    direction.arrived(bytes);
    queuedBytes += bytes.length;
    if (queuedBytes > MAX_QUEUED_BYTES) from.pause();
    line.push(bytes, delayMs());
  });
  from.on('end', () => line.push('end', delayMs()));
  from.on('error', () => undefined); // 'close' follows, and carries it over.
  from.on('close', (failed) => {
    // After an orderly end the other side has had its 'end', and may still be writing what it holds.
    if (failed || !from.readableEnded) line.push('gone', delayMs());
  });
  to.on('drain', () => {
    blocked = false;
    line.wake();
  });
  return line;
}
