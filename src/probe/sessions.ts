import { isDeepStrictEqual } from 'node:util';
import type { Target } from '../config/target.js';
import type { Connector } from './connection/connector.js';
import type { Trigger } from './results/result.js';
import { createSession, type Session, type SessionOptions } from './session.js';

/** Which warm connection to a target; those of different purposes never wait for each other. */
export interface SessionRequest {
  readonly target: Target;
  readonly kind: Trigger;
  /** `main`: for the built-in operations. */
  readonly purpose: 'main' | 'queries' | 'source';
  /** Instead of the session's own. */
  readonly warmUp?: SessionOptions['warmUp'];
}

export type SessionFor = (request: SessionRequest) => Session;

/** The warm connections of all targets. */
export interface Sessions {
  /** Lends what `work` asks for, for as long as it lasts. */
  lend<T>(work: (sessionFor: SessionFor) => Promise<T>): Promise<T>;
  /** Closes those to targets that have gone or changed; what is lent, when it comes back. */
  keepOnly(targets: readonly Target[]): void;
  close(): Promise<void>;
}

interface Entry {
  readonly target: Target;
  readonly session: Session;
  borrowers: number;
}

export function createSessions(connector: Connector): Sessions {
  const entries = new Map<string, Entry>();
  /** Lent, and not to be lent again. */
  const retired = new Set<Entry>();

  const entryFor = ({ target, kind, purpose, warmUp }: SessionRequest): Entry => {
    const key = [kind, purpose, target.name].join(' ');
    const found = entries.get(key);
    if (found !== undefined) return found;
    const session = createSession({ connector, target, kind, ...(warmUp && { warmUp }) });
    const entry = { target, session, borrowers: 0 };
    entries.set(key, entry);
    return entry;
  };

  const giveBack = async (entry: Entry) => {
    entry.borrowers -= 1;
    if (entry.borrowers === 0 && retired.delete(entry)) await entry.session.close();
  };

  return {
    async lend(work) {
      const lent = new Set<Entry>();
      try {
        return await work((request) => {
          const entry = entryFor(request);
          if (!lent.has(entry)) entry.borrowers += 1;
          lent.add(entry);
          return entry.session;
        });
      } finally {
        await Promise.all([...lent].map(giveBack));
      }
    },

    keepOnly(targets) {
      for (const [key, entry] of entries) {
        if (targets.some((target) => isDeepStrictEqual(target, entry.target))) continue;
        entries.delete(key);
        if (entry.borrowers > 0) retired.add(entry);
        else void entry.session.close();
      }
    },

    async close() {
      const all = [...entries.values(), ...retired];
      await Promise.all(all.map(({ session }) => session.close()));
    },
  };
}
