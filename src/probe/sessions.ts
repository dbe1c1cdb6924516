import { isDeepStrictEqual } from 'node:util';
import type { Target } from '../target.js';
import { createSession, type Session } from './session.js';

/** Which warm connection to a target; those of different purposes never wait for each other. */
export interface SessionRequest {
  readonly target: Target;
  readonly purpose: string;
  /** The target is only written to for this replica's sake. */
  readonly replica?: Target;
  /** Instead of the session's own. */
  readonly warmUp?: Parameters<typeof createSession>[2];
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
  /** Those for whose sake it is open. */
  readonly targets: readonly Target[];
  readonly session: Session;
  borrowers: number;
}

export function createSessions(applicationName: string): Sessions {
  const entries = new Map<string, Entry>();
  /** Lent, and not to be lent again. */
  const retired = new Set<Entry>();

  const entryFor = ({ target, purpose, replica, warmUp }: SessionRequest): Entry => {
    const targets = replica === undefined ? [target] : [target, replica];
    const key = [purpose, ...targets.map(({ name }) => name)].join(' ');
    const found = entries.get(key);
    if (found !== undefined) return found;
    const entry = {
      targets,
      session: createSession(target, applicationName, warmUp),
      borrowers: 0,
    };
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
        const isPresent = (of: Target) => targets.some((target) => isDeepStrictEqual(target, of));
        if (entry.targets.every(isPresent)) continue;
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
