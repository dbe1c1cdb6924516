import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from './held.js';
import type { Answer, Statement } from './statement.js';

/** A connection that works, as far as it is asked for what others left behind. */
interface Working {
  readonly isPooler: boolean;
  isAlive(): boolean;
  ask(statements: readonly Statement[]): Promise<Answer>;
}

/** A server process of ours that may live on without a client. */
export interface Leftover {
  readonly processId: number;
  /** Its session's application_name. */
  readonly name: string;
  /** When its connection was opened, in milliseconds of monotonicMs(). */
  readonly openedAt: number;
}

/** What is known of a leftover. */
export interface Watched {
  /** Whether a connection has seen that the server has it no longer. */
  isGone(): boolean;
  /** Resolves then. */
  readonly gone: Promise<void>;
  /** Since when no connection has seen it on the server, in milliseconds of monotonicMs(). */
  unseenSince(): number;
  /** It has ended otherwise. */
  remove(): void;
}

/**
 * Connections to one target that were cut off, such as by a router that forgot them or by a crash: the
 * server may keep their processes. A connection that works ends them.
 */
export interface Leftovers {
  add(leftover: Leftover): Watched;
  /** Ends those that the server still has. @throws the connection's error when that has ended. */
  endOn(connection: Working): Promise<void>;
}

/**
 * A process id may have been given to another connection meanwhile, so role, name and age have to agree.
 */
const FIND_SQL = `SELECT pid FROM pg_stat_activity
  WHERE pid = $1 AND usename = current_user AND application_name = $2
    AND abs(extract(epoch FROM clock_timestamp() - backend_start) - $3) < 10`;

/** A statement of its own: within the one above it could be called before the conditions are looked at. */
export const END_SQL = 'SELECT pg_terminate_backend($1)';

/** A process that waits for its client ends within milliseconds. */
const TIME_TO_END_MS = 50;

interface Entry {
  readonly leftover: Leftover;
  isGone: boolean;
  unseenSince: number;
  go(): void;
}

export function createLeftovers(): Leftovers {
  const left = new Set<Entry>();

  return {
    add(leftover) {
      let go = () => {};
      const gone = new Promise<void>((resolve) => (go = resolve));
      const entry: Entry = { leftover, isGone: false, unseenSince: monotonicMs(), go };
      left.add(entry);
      return {
        isGone: () => entry.isGone,
        gone,
        unseenSince: () => entry.unseenSince,
        remove: () => void left.delete(entry),
      };
    },

    async endOn(connection) {
      if (connection.isPooler) return;
      for (const entry of [...left]) {
        try {
          if (await endOne(connection, entry.leftover)) {
            left.delete(entry);
            entry.isGone = true;
            entry.go();
          } else {
            entry.unseenSince = monotonicMs();
          }
        } catch (error) {
          if (!connection.isAlive()) throw error;
        }
      }
    },
  };
}

/** @returns whether the server has it no longer. One that is there still is looked for again. */
async function endOne(connection: Working, leftover: Leftover): Promise<boolean> {
  const { processId, name, openedAt } = leftover;
  const isThere = async () => {
    const ageS = ((monotonicMs() - openedAt) / 1_000).toFixed(3);
    const values = [String(processId), name, ageS];
    return (await connection.ask([{ text: FIND_SQL, values }])).rows.length > 0;
  };
  if (!(await isThere())) return true;
  await connection.ask([{ text: END_SQL, values: [String(processId)] }]);
  await delay(TIME_TO_END_MS);
  return !(await isThere());
}
