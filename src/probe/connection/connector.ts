import type { Target } from '../../config/target.js';
import { isStartupParameterRefusal } from '../results/failure.js';
import type { Trigger } from '../results/result.js';
import type { Connection } from './connection.js';
import { noted, targetKey, type ConnectionNote, type HeldConnection } from './held.js';
import { endCutOff } from './let-go.js';
import { openPath, type Path } from './open-path.js';
import { createKnowledge, type Knowledge, type Opening } from './opening.js';
import { orInterrupted } from './or-interrupted.js';
import { createResolver } from './resolve.js';
import type { Slot } from './slots.js';
import { startSession } from './start-session.js';

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
  /**
   * Ends a connection that a thread before this one has left on the server. It takes a slot until the
   * server has let go of it.
   */
  endCutOff(target: Target, held: HeldConnection): void;
  close(): void;
}

export interface ConnectorOptions {
  /** Its sessions' application_name begins so. */
  readonly program: string;
  /** Told of each connection that a server may hold. */
  readonly note: (note: ConnectionNote) => void;
}

export function createConnector({ program, note }: ConnectorOptions): Connector {
  const resolver = createResolver();
  const known = new Map<string, Knowledge>();

  const knowledgeOf = (target: Target): Knowledge => {
    const key = targetKey(target);
    const knowledge = known.get(key) ?? createKnowledge(target);
    known.set(key, knowledge);
    return knowledge;
  };
  const openingOf = (target: Target, interrupted: AbortSignal): Opening => {
    return { target, interrupted, program, note, resolver, knowledge: knowledgeOf(target) };
  };

  return {
    async open(target, kind, interrupted) {
      const opening = openingOf(target, interrupted);
      const { knowledge } = opening;
      const openOne = async () => openIn(await knowledge.slots.take(kind, interrupted), opening);
      try {
        return await openOne();
      } catch (error) {
        if (!isStartupParameterRefusal(error) || knowledge.refusesSettings) throw error;
        knowledge.refusesSettings = true;
        return openOne();
      }
    },

    endLeftovers: (target, connection) => endLeftovers(openingOf(target, NEVER), connection),

    endCutOff(target, held) {
      const { slots, leftovers } = knowledgeOf(target);
      const slot = noted(slots.takeOver(held.kind), held.id, note);
      const look = lookerOf(openingOf(target, NEVER));
      const key = Buffer.from(held.cancelKey, 'hex');
      void endCutOff({ ...held, target, slot, leftovers, look }, key);
    },

    close: resolver.close,
  };
}

const NEVER = new AbortController().signal;

async function openIn(slot: Slot, opening: Opening): Promise<Connection> {
  let path: Path;
  try {
    path = await openPath(opening);
  } catch (error) {
    slot.release();
    throw error;
  }
  return startSession(path, slot, opening, lookerOf(opening));
}

/** @throws the connection's error when that has ended. */
async function endLeftovers(opening: Opening, connection: Connection): Promise<void> {
  const { knowledge } = opening;
  await knowledge.leftovers.endOn(connection);
  const waitMs = await knowledge.orphans.endOn(connection);
  if (waitMs === null || knowledge.nextLook !== null) return;
  const look = () => {
    knowledge.nextLook = null;
    void lookerOf(opening)();
  };
  knowledge.nextLook = setTimeout(look, waitMs).unref();
}

/**
 * Looks at the server for what has been left on it, on a connection in a free slot of any kind; nothing
 * happens when there is none. Those who ask at the same time share one look.
 */
function lookerOf(opening: Opening): () => Promise<void> {
  const { target, knowledge } = opening;
  const lookIn = async (slot: Slot) => {
    const interrupted = AbortSignal.timeout(target.operationTimeoutMs);
    try {
      const connection = await openIn(slot, { ...opening, interrupted });
      await orInterrupted(endLeftovers(opening, connection), interrupted).finally(() =>
        connection.close(),
      );
    } catch {
      // Whoever asked looks again.
    }
  };
  return () => {
    if (knowledge.look !== null) return knowledge.look;
    const slot = knowledge.slots.takeFree();
    if (slot === null) return Promise.resolve();
    return (knowledge.look = lookIn(slot).finally(() => (knowledge.look = null)));
  };
}
