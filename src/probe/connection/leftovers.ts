import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
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
  /** When its connection was opened, in milliseconds of performance.now(). */
  readonly openedAt: number;
}

/**
 * Connections to one target that were cut off, such as by a router that forgot them: the server would keep
 * their processes until its own keep-alive tells it. The next connection that works ends them.
 */
export interface Leftovers {
  add(leftover: Leftover): void;
  remove(leftover: Leftover): void;
  /** Whether a connection has seen that the server has it no longer. */
  isGone(leftover: Leftover): boolean;
  /** Resolves when a connection has looked. */
  changed(): Promise<void>;
  /** Ends those that the server still has. @throws the connection's error when that has ended. */
  endOn(connection: Working): Promise<void>;
}

/**
 * A process id may have been given to another connection meanwhile, so role, name and age have to agree.
 */
const FIND_SQL = `SELECT pid FROM pg_stat_activity
  WHERE pid = $1 AND usename = current_user AND application_name = current_setting('application_name')
    AND abs(extract(epoch FROM clock_timestamp() - backend_start) - $2) < 10`;

/** A statement of its own: within the one above it could be called before the conditions are looked at. */
const END_SQL = 'SELECT pg_terminate_backend($1)';

/** A process that waits for its client ends within milliseconds. */
const TIME_TO_END_MS = 50;

export function createLeftovers(): Leftovers {
  const left = new Set<Leftover>();
  const gone = new WeakSet<Leftover>();
  let wake = () => {};
  let change = new Promise<void>((resolve) => (wake = resolve));

  return {
    add: (leftover) => void left.add(leftover),
    remove: (leftover) => void left.delete(leftover),
    isGone: (leftover) => gone.has(leftover),
    changed: () => change,
    async endOn(connection) {
      if (left.size === 0 || connection.isPooler) return;
      for (const leftover of [...left]) {
        const ageS = (performance.now() - leftover.openedAt) / 1_000;
        const values = [String(leftover.processId), ageS.toFixed(3)];
        try {
          const isThere = async () =>
            (await connection.ask([{ text: FIND_SQL, values }])).rows.length > 0;
          const isThereStill = async () => {
            await connection.ask([{ text: END_SQL, values: [String(leftover.processId)] }]);
            await delay(TIME_TO_END_MS);
            return isThere();
          };
          // One that is there still is looked for again by the next run.
          if (!(await isThere()) || !(await isThereStill())) gone.add(leftover);
        } catch (error) {
          if (!connection.isAlive()) throw error;
        }
      }
      wake();
      change = new Promise<void>((resolve) => (wake = resolve));
    },
  };
}
