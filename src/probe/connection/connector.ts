import type { Target } from '../../config/target.js';
import { isStartupParameterRefusal } from '../results/failure.js';
import type { Trigger } from '../results/result.js';
import type { Connection } from './connection.js';
import { noted, targetKey, type ConnectionNote, type HeldConnection } from './held.js';
import { endCutOff } from './let-go.js';
import { openAny } from './open-any.js';
import { createKnowledge, type Knowledge, type Opening } from './opening.js';
import { orInterrupted } from './or-interrupted.js';
import { createResolver, type Resolver } from './resolve.js';
import type { Slot } from './slots.js';

/** Opens connections, and knows what was learnt of each target. */
export interface Connector {
  /**
   * Resolves, dials, encrypts, and starts the session up to ReadyForQuery; on the next address of the name
   * where next-address.ts says so.
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
  /** As of now. @throws ProbeError when there is none; the target's own, where it is not given. */
  readonly passwordOf?: (target: Target) => string;
  /** The system's, where it is not given. */
  readonly resolver?: Resolver;
}

export function createConnector(options: ConnectorOptions): Connector {
  const { program, note, resolver = createResolver() } = options;
  const { passwordOf = ({ password }: Target): string => password ?? '' } = options;
  const known = new Map<string, Knowledge>();

  const knowledgeOf = (target: Target): Knowledge => {
    const key = targetKey(target);
    const knowledge = known.get(key) ?? createKnowledge(target);
    known.set(key, knowledge);
    return knowledge;
  };
  const openingOf = (target: Target, interrupted: AbortSignal): Opening => {
    const knowledge = knowledgeOf(target);
    return { target, interrupted, program, note, resolver, passwordOf, knowledge };
  };

  return {
    async open(target, kind, interrupted) {
      const opening = openingOf(target, interrupted);
      const { knowledge } = opening;
      const openOne = () =>
        openAny(opening, {
          takeSlot: () => knowledge.slots.take(kind, interrupted),
          look: lookerOf(opening),
        });
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

/** @throws Error when there is none at this moment. */
function freeSlot({ slots }: Knowledge): Promise<Slot> {
  const slot = slots.takeFree();
  return slot === null ? Promise.reject(new Error('no slot is free')) : Promise.resolve(slot);
}

/**
 * Looks at the server for what has been left on it, on a connection in a free slot of any kind; nothing
 * happens when there is none. Those who ask at the same time share one look.
 */
function lookerOf(opening: Opening): () => Promise<void> {
  const { target, knowledge } = opening;
  const lookOnce = async () => {
    const interrupted = AbortSignal.timeout(target.operationTimeoutMs);
    try {
      const connection = await openAny(
        { ...opening, interrupted },
        { takeSlot: () => freeSlot(knowledge), look },
      );
      await orInterrupted(endLeftovers(opening, connection), interrupted).finally(() =>
        connection.close(),
      );
    } catch {
      // Whoever asked looks again.
    }
  };
  const look = () => (knowledge.look ??= lookOnce().finally(() => (knowledge.look = null)));
  return look;
}
