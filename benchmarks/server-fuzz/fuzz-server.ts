import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { createConversation, type Conversation } from './conversation.js';
import { createRequestReader, type Request } from './messages.js';
import type { Step } from './mutations/mutation.js';
import { play } from './player.js';
import { createRandom, type Random } from './random.js';
import type { Recording } from './recording.js';

export interface FuzzServer {
  readonly port: number;
  /** Of this batch, without cancel requests. */
  conversations(): number;
  /** The conversations from here on are numbered from 1, and this seed decides them. */
  startBatch(seed: number): void;
  /** The most that were open at a time, without cancel requests. */
  maxOpen(): number;
  /** The latest conversations with something wrong in them, for people. */
  latest(): readonly string[];
  close(): Promise<void>;
}

export interface FuzzServerOptions {
  readonly name: string;
  /** Its place among the servers. */
  readonly place: number;
  readonly recording: Recording;
  readonly others: readonly Buffer[];
  readonly password: string;
  readonly secureContext: SecureContext;
  /** The client begins with TLS, without asking. */
  readonly isDirectTls: boolean;
}

/** A wrong conversation ends at some time between these, in milliseconds: a real server would be gone, too. */
const LIFE_MS = { min: 300, max: 2_500 };
const KEPT = 40;
/** How long the end of a connection may take to be heard of. */
const SETTLED_MS = 150;

export async function startFuzzServer(options: FuzzServerOptions): Promise<FuzzServer> {
  const open = new Set<Socket>();
  const latest: string[] = [];
  let seed = 0;
  let conversations = 0;
  let maxOpen = 0;

  const server = createServer({ noDelay: true }, (raw) => {
    const random = createRandom(seed, options.place, ++conversations);
    const conversation = createConversation({ ...options, random });
    const number = conversations;
    open.add(raw);
    // One that has ended may not have been heard of yet.
    const before = [...open];
    setTimeout(() => {
      maxOpen = Math.max(maxOpen, before.filter((one) => open.has(one)).length);
    }, SETTLED_MS).unref();
    raw
      .on('error', () => undefined)
      .on('close', () => {
        open.delete(raw);
        if (!conversation.isMutated()) return;
        latest.push(`${options.name} ${number}: ${conversation.done.join(', then ')}`);
        if (latest.length > KEPT) latest.shift();
      });
    converse({
      raw,
      random,
      conversation,
      options,
      onCancel: () => {
        open.delete(raw);
        conversations -= 1;
      },
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    conversations: () => conversations,
    startBatch(next) {
      seed = next;
      conversations = 0;
    },
    maxOpen: () => maxOpen,
    latest: () => latest,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

interface Talk {
  readonly raw: Socket;
  readonly random: Random;
  readonly conversation: Conversation;
  readonly options: FuzzServerOptions;
  readonly onCancel: () => void;
}

/** Answers one connection, turn by turn, in the order in which it asks. */
function converse(talk: Talk): void {
  const { raw, random, conversation, options } = talk;
  let socket = raw;
  let work = Promise.resolve();
  const readRequests = createRequestReader();

  const secure = () => {
    const encrypted = new TLSSocket(socket, {
      isServer: true,
      secureContext: options.secureContext,
      ALPNProtocols: ['postgresql'],
    });
    encrypted.on('error', () => undefined);
    socket = encrypted;
    listen();
  };
  const doSteps = async (steps: readonly Step[], on = socket) => {
    await play(on, steps);
    if (!conversation.isMutated()) return;
    setTimeout(() => raw.destroy(), random.between(LIFE_MS.min, LIFE_MS.max)).unref();
  };
  const handle = async (request: Request): Promise<void> => {
    switch (request.kind) {
      case 'tls': {
        const wrong = conversation.negotiation();
        if (wrong !== null) return doSteps(wrong);
        socket.removeAllListeners('data');
        socket.write('S');
        secure();
        return;
      }
      case 'cancel':
        talk.onCancel();
        return doSteps(pickCancelAnswer(random));
      case 'goodbye':
        socket.end();
        return;
      case 'question': {
        const steps = conversation.answer(request.key, request.bytes);
        // Below TLS, which has its own ways to fail.
        const isBelow = socket !== raw && conversation.isMutated() && random.chance(0.15);
        return doSteps(
          isBelow ? [{ send: random.bytes(random.between(1, 500)) }] : steps,
          isBelow ? raw : socket,
        );
      }
    }
  };
  const listen = () => {
    socket.on('data', (chunk) => {
      for (const request of readRequests(chunk)) {
        work = work.then(() => handle(request)).catch(() => void raw.destroy());
      }
    });
  };

  if (!options.isDirectTls) {
    listen();
    return;
  }
  const wrong = conversation.negotiation();
  if (wrong === null) secure();
  else {
    raw.resume();
    void doSteps(wrong);
  }
}

/** Most often as PostgreSQL does: it closes without a word. */
function pickCancelAnswer(random: Random): Step[] {
  if (random.chance(0.7)) return [{ end: 'fin' }];
  return random.pick<Step[]>([
    [{ end: 'reset' }],
    [],
    [{ send: random.bytes(200) }],
    [{ flood: random.bytes(10_000), mib: 4 }],
  ]);
}
