import { hostsOf, type Target } from '../../config/target.js';
import type { Trigger } from '../results/result.js';
import type { Connection } from './connection.js';
import { noted, targetKey, targetOfKey, type ConnectionNote, type HeldConnection } from './held.js';
import { endCutOff } from './let-go.js';
import { openAny } from './open-any.js';
import {
  createKnowledge,
  createSharedKnowledge,
  type Knowledge,
  type Opening,
  type SharedKnowledge,
} from './opening.js';
import { orInterrupted } from './or-interrupted.js';
import { createResolver, type Resolver } from './resolve.js';
import type { Slot } from './slots.js';

/** Opens connections, and knows what was learnt of each target. */
export interface Connector {
  /**
   * Resolves, dials, encrypts, and starts the session up to ReadyForQuery; on the next address of the name,
   * and then on the next host, where next-address.ts says so.
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
  /** Whether idle connections tell their path that they live; absent: yes. */
  readonly keepAlive?: boolean;
}

export function createConnector(options: ConnectorOptions): Connector {
  const { program, note, resolver = createResolver(), keepAlive = true } = options;
  const { passwordOf = ({ password }: Target): string => password ?? '' } = options;
  const shared = new Map<string, SharedKnowledge>();
  const known = new Map<string, Knowledge>();

  const sharedBy = (target: Target): SharedKnowledge =>
    getOrMake(shared, hostsOf(target).map(targetKey).join('\n'), createSharedKnowledge);
  const openingOf = (target: Target, host: Target, interrupted: AbortSignal): Opening => {
    const key = JSON.stringify([hostsOf(target).map(targetKey), targetKey(host)]);
    const knowledge = getOrMake(known, key, () => createKnowledge(host, sharedBy(target)));
    const shared = { program, note, resolver, passwordOf, keepAlive };
    return { ...shared, target: host, interrupted, knowledge };
  };

  return {
    open(target, kind, interrupted) {
      const [first = target, ...others] = hostsOf(target);
      return openAny(
        [
          openingOf(target, first, interrupted),
          ...others.map((host) => openingOf(target, host, interrupted)),
        ],
        {
          takeSlot: () => sharedBy(target).slots.take(kind, interrupted),
          lookAt: lookerOf,
          wanted: target.sessionAttributes ?? 'any',
        },
      );
    },

    endLeftovers: (target, connection) =>
      endLeftovers(openingOf(target, connection.target, NEVER), connection),

    endCutOff(target, held) {
      const host = targetOfKey([target], held.target)?.host ?? target;
      const opening = openingOf(target, host, NEVER);
      const { shared, leftovers } = opening.knowledge;
      const slot = noted(shared.slots.takeOver(held.kind), held.id, note);
      const key = Buffer.from(held.cancelKey, 'hex');
      void endCutOff({ ...held, target: host, slot, leftovers, look: lookerOf(opening) }, key);
    },

    close: resolver.close,
  };
}

const NEVER = new AbortController().signal;

function getOrMake<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
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

/** @throws Error when there is none at this moment. */
function freeSlot({ shared }: Knowledge): Promise<Slot> {
  const slot = shared.slots.takeFree();
  return slot === null
    ? Promise.reject(new Error('all connections to this target are in use'))
    : Promise.resolve(slot);
}

/**
 * Looks at a server for what has been left on it, on a connection in a free slot of any kind; nothing
 * happens when there is none. Those who ask at the same time share one look.
 */
function lookerOf(opening: Opening): () => Promise<void> {
  const { target, knowledge } = opening;
  const lookOnce = async () => {
    const interrupted = AbortSignal.timeout(target.operationTimeoutMs);
    try {
      const connection = await openAny([{ ...opening, interrupted }], {
        takeSlot: () => freeSlot(knowledge),
        lookAt: () => look,
        wanted: null,
      });
      await orInterrupted(endLeftovers(opening, connection), interrupted).finally(() =>
        connection.close(),
      );
    } catch {
      // The caller looks again.
    }
  };
  const look = () => (knowledge.look ??= lookOnce().finally(() => (knowledge.look = null)));
  return look;
}
