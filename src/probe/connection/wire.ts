import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { TLSSocket } from 'node:tls';
import type { Authentication } from '../../config/require-auth.js';
import { ProbeError, ProtocolError } from '../results/failure.js';
import {
  createAuthenticationCheck,
  createAuthenticationNote,
  type AuthenticationRules,
} from './authentication.js';
import { createDerivationTurn } from './derivations.js';
import { createMessageGuard, type MessageGuard } from './messages.js';

/**
 * An open connection, dressed as the stream that node-postgres wants. It stands between the socket and
 * the driver: it takes the time where bytes leave and arrive, lets only whole and well-formed messages
 * through, and turns whatever the driver throws at them into the end of this one connection.
 */
export interface Wire extends EventEmitter {
  /** The next write asks for an answer, which is timed from then. `maxBytes`: as MessageGuard's. */
  expectAnswer(maxBytes?: number): void;
  /** Whether an answer is still to come. */
  isExpecting(): boolean;
  /** When the latest awaited request went to the socket, in milliseconds of performance.now(). */
  sentAt(): number;
  /** When the bytes arrived that completed the latest answer. */
  answeredAt(): number;
  /** How long the login has waited for its turn to derive a key, in milliseconds: no time of the server's. */
  waitedMs(): number;
  isOpen(): boolean;
  /** The server's side has ended it, so the server holds nothing any more. */
  isEndedByServer(): boolean;
  readonly guard: Pick<MessageGuard, 'cancelKey' | 'setting' | 'stage'> & {
    /** How the server asked who this client is; null: it has not yet. */
    authentication(): Authentication | null;
  };
  /** Why it ended, if it did not end in good order. */
  failure(): Error | null;
  destroy(error?: Error): void;

  // What node-postgres calls.
  readonly writable: boolean;
  connect(): void;
  write(bytes: Buffer, done?: () => void): boolean;
  end(): void;
  cork(): void;
  uncork(): void;
  setNoDelay(): void;
  setKeepAlive(): void;
  ref(): void;
  unref(): void;
}

export function createWire(socket: Socket, rules: AuthenticationRules): Wire {
  const guard = createGuard(rules, (body) => turn.notice(body));
  let sentAt = 0;
  let answeredAt = 0;
  let isFresh = true;

  const wire = new EventEmitter() as Wire;
  // Without one, an error before the driver listens would end the thread.
  wire.on('error', () => undefined);
  const ending = watchEnd(wire, socket);
  const orDestroy = (work: () => void) => {
    try {
      work();
    } catch (error) {
      ending.destroy(error instanceof ProbeError ? error : unreadable(error));
    }
  };
  const turn = createDerivationTurn((messages) => orDestroy(() => wire.emit('data', messages)));
  const send = (bytes: Buffer) => {
    if (isFresh) sentAt = performance.now();
    isFresh = false;
    return socket.write(bytes);
  };

  socket.on('data', (chunk: Buffer) => {
    const arrivedAt = performance.now();
    if (socket.destroyed) return;
    orDestroy(() => {
      const wasExpecting = guard.isExpecting();
      const messages = guard.take(chunk);
      if (wasExpecting && !guard.isExpecting()) answeredAt = arrivedAt;
      if (messages.length > 0) turn.pass(messages);
    });
  });
  socket.on('close', turn.closed);
  // Where the server has no TLS, the request for it has left the socket paused.
  socket.resume();

  return Object.assign(wire, {
    expectAnswer(maxBytes?: number) {
      guard.expectAnswer(maxBytes);
      isFresh = true;
    },
    isExpecting: guard.isExpecting,
    sentAt: () => sentAt,
    answeredAt: () => answeredAt,
    waitedMs: turn.waitedMs,
    isOpen: () => !socket.destroyed && !socket.readableEnded,
    guard,
    ...ending,
    ...driverSide(wire, socket, send, turn.answered),
  });
}

/** How a connection ends, and who has ended it. */
function watchEnd(wire: Wire, socket: Socket) {
  let isEndedByServer = false;
  let failure: Error | null = null;
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure ??= error;
    isEndedByServer ||= error.code === 'ECONNRESET' || error.code === 'EPIPE';
  });
  socket.on('end', () => {
    isEndedByServer = true;
    wire.emit('end');
  });
  socket.on('close', () => {
    if (failure !== null) wire.emit('error', failure);
    wire.emit('close');
  });
  return {
    isEndedByServer: () => isEndedByServer,
    failure: () => failure,
    destroy(error?: Error) {
      failure ??= error ?? null;
      socket.destroy();
    },
  };
}

function createGuard(rules: AuthenticationRules, notice: (body: Buffer) => void) {
  const { check, authentication } = createAuthenticationNote(createAuthenticationCheck(rules));
  const guard = createMessageGuard((body) => {
    check(body);
    notice(body);
  });
  return { ...guard, authentication };
}

/** The part of a stream that node-postgres uses. `writes`: told before it writes anything. */
function driverSide(
  wire: Wire,
  socket: Socket,
  send: (bytes: Buffer) => boolean,
  writes: () => void,
) {
  let corked: Buffer[] | null = null;
  return {
    writable: true,
    // It is connected already; the driver sends its startup packet when it is told so.
    connect: () => process.nextTick(() => wire.emit('connect')),
    write(bytes: Buffer, done?: () => void) {
      writes();
      if (socket.destroyed) return false;
      if (done !== undefined) return socket.write(bytes, done);
      if (corked === null) return send(bytes);
      corked.push(bytes);
      return true;
    },
    cork: () => void (corked ??= []),
    uncork() {
      const [first, ...more] = corked ?? [];
      corked = null;
      if (first !== undefined) send(more.length === 0 ? first : Buffer.concat([first, ...more]));
    },
    end: () => void socket.end(),
    ...(socket instanceof TLSSocket && {
      getPeerCertificate: () => socket.getPeerCertificate(),
    }),
    // The code that dialled has set up the socket.
    setNoDelay: () => undefined,
    setKeepAlive: () => undefined,
    ref: () => void socket.ref(),
    unref: () => void socket.unref(),
  };
}

/** The driver could not read what the server sent: the connection's end, and nobody else's. */
export function unreadable(cause: unknown): ProtocolError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new ProtocolError(`the driver could not read it: ${text}`, 'protocol', { cause });
}
