import { performance } from 'node:perf_hooks';
import type { Target } from '../../config/target.js';
import { isStartupParameterRefusal } from '../results/failure.js';
import type { Trigger } from '../results/result.js';
import { assertRole, createClient, toConnection, type Connection } from './connection.js';
import { dial, type Dialled } from './dial.js';
import { encrypt, TlsHandshakeError, type Encrypted } from './encrypt.js';
import { createLeftovers, type Leftovers } from './leftovers.js';
import { letGo, type Unanswered } from './let-go.js';
import { orInterrupted } from './or-interrupted.js';
import { createResolver, type Resolved } from './resolve.js';
import { createSlots, type Slot, type Slots } from './slots.js';
import { createWire } from './wire.js';

/** Opens connections, and knows what was learnt of each target. */
export interface Connector {
  /**
   * Resolves, dials, encrypts, and starts the session up to ReadyForQuery.
   *
   * @throws what failed, or the signal's reason; nothing is left behind on the server then.
   */
  open(target: Target, kind: Trigger, interrupted: AbortSignal): Promise<Connection>;
  /** Ends, on a connection that works, what earlier ones have left on the server. */
  endLeftovers(target: Target, connection: Connection): Promise<void>;
  close(): void;
}

/** What is known of a target. */
interface Knowledge {
  readonly slots: Slots;
  readonly leftovers: Leftovers;
  /** The shortest TCP handshake so far. */
  roundTripMs: number | null;
  /** A pooler stands before it, which refuses settings. */
  refusesSettings: boolean;
}

export function createConnector(applicationName: string): Connector {
  const resolver = createResolver();
  const known = new Map<string, Knowledge>();

  const knowledgeOf = ({ name, host, port, user, database }: Target): Knowledge => {
    const key = JSON.stringify([name, host, port, user, database]);
    const found = known.get(key);
    if (found !== undefined) return found;
    const fresh = {
      slots: createSlots(),
      leftovers: createLeftovers(),
      roundTripMs: null,
      refusesSettings: false,
    };
    known.set(key, fresh);
    return fresh;
  };

  return {
    async open(target, kind, interrupted) {
      const knowledge = knowledgeOf(target);
      const opening = { target, applicationName, knowledge, interrupted, resolver };
      const openOne = async () => openIn(await knowledge.slots.take(kind, interrupted), opening);
      try {
        return await openOne();
      } catch (error) {
        if (!isStartupParameterRefusal(error) || knowledge.refusesSettings) throw error;
        knowledge.refusesSettings = true;
        return openOne();
      }
    },
    endLeftovers: (target, connection) => knowledgeOf(target).leftovers.endOn(connection),
    close: resolver.close,
  };
}

interface Opening {
  readonly target: Target;
  readonly applicationName: string;
  readonly knowledge: Knowledge;
  readonly interrupted: AbortSignal;
  readonly resolver: ReturnType<typeof createResolver>;
}

async function openIn(slot: Slot, opening: Opening): Promise<Connection> {
  const { target, resolver, interrupted } = opening;
  let path: Path;
  try {
    const resolved = await resolver.resolve(target.host, interrupted);
    path = await openPath(resolved, opening);
  } catch (error) {
    slot.release();
    throw error;
  }
  return startSession(path, slot, opening);
}

/** A way to the server on which its protocol can begin. */
interface Path extends Dialled, Encrypted {
  readonly dnsMs: number | null;
}

async function openPath(resolved: Resolved, opening: Opening): Promise<Path> {
  const { target, interrupted } = opening;
  const first = await dialAny(resolved, opening);
  try {
    return toPath(
      resolved,
      first,
      await encrypt(first.socket, target.host, target.tls, interrupted),
    );
  } catch (error) {
    // As libpq does: a server whose TLS does not come about is asked again without.
    if (target.tls.mode !== 'prefer' || !(error instanceof TlsHandshakeError)) throw error;
    const second = await dialAny(resolved, opening);
    const plain = { ...target.tls, mode: 'disable' } as const;
    return toPath(resolved, second, await encrypt(second.socket, target.host, plain, interrupted));
  }
}

function toPath(resolved: Resolved, dialled: Dialled, encrypted: Encrypted): Path {
  return { ...dialled, ...encrypted, dnsMs: resolved.durationMs };
}

async function dialAny({ addresses }: Resolved, opening: Opening): Promise<Dialled> {
  const { target, knowledge, interrupted } = opening;
  const dialled = await dial({
    addresses,
    port: target.port,
    timeoutMs: target.operationTimeoutMs,
    knownRoundTripMs: knowledge.roundTripMs,
    interrupted,
  });
  knowledge.roundTripMs = Math.min(knowledge.roundTripMs ?? Infinity, dialled.tcpMs);
  return dialled;
}

/** From the startup packet to ReadyForQuery. The slot is the connection's from here on. */
async function startSession(path: Path, slot: Slot, opening: Opening): Promise<Connection> {
  const { target, applicationName, knowledge, interrupted } = opening;
  const isPooler = target.pooler || knowledge.refusesSettings;
  const startedAt = performance.now();
  const wire = createWire(path.socket);
  const client = createClient(target, applicationName, wire, { withSettings: !isPooler });
  const { leftovers } = knowledge;
  const session = {
    wire,
    slot,
    target,
    address: path.address,
    isPooler,
    openedAt: startedAt,
    leftovers,
  };
  try {
    await orInterrupted(client.connect(), interrupted);
    assertRole(target, wire);
  } catch (error) {
    void endUnopened(session);
    throw wire.failure() ?? error;
  }
  const startupMs = wire.answeredAt() - startedAt;
  const facts = {
    phases: { dnsMs: path.dnsMs, tcpMs: path.tcpMs, tlsMs: path.tlsMs, startupMs },
    address: path.address,
    tlsVersion: path.version,
    certificateNotAfterMs: path.certificateNotAfterMs,
  };
  return toConnection({ ...session, client, facts, failedAttempts: path.failedAttempts });
}

/**
 * A session that did not begin. While the server authenticates, it sees that its client has gone. Later it
 * may be held up where it does not, so the slot stays taken until it lets go. One that has said nothing
 * may never have had the startup packet: its slot is taken for one more deadline.
 */
async function endUnopened(unanswered: Omit<Unanswered, 'close'>): Promise<void> {
  const { wire, slot, target } = unanswered;
  const close = () => {
    wire.destroy();
    slot.release();
    return Promise.resolve();
  };
  const stage = wire.guard.stage();
  if (stage === 'authenticated' && wire.isOpen()) return letGo({ ...unanswered, close });
  if (stage !== 'silent' || wire.isEndedByServer()) return close();
  wire.destroy();
  slot.markStuck();
  setTimeout(slot.release, target.operationTimeoutMs).unref();
}
