import type { Target } from '../../config/target.js';
import type { Connection } from './connection.js';
import { END_SQL } from './leftovers.js';
import { longestDeadlineMs } from './session-name.js';

/**
 * Sessions of a process that ended without a word (kill -9, out of memory) and was perhaps this one's
 * predecessor. One that waits for its client has noticed; one that waits for a synchronous standby or a
 * lock stays.
 */
export interface Orphans {
  /**
   * Ends those that are there.
   *
   * @returns in how many milliseconds another look is due, because some may still have a client; or null.
   * @throws the connection's error when that has ended.
   */
  endOn(connection: Connection): Promise<number | null>;
}

/** What a cancel request and the answer to it may take, after the deadline. */
const MARGIN_MS = 5_000;

/**
 * The name says the session's longest deadline, so one that is active for longer has no client that waits for
 * it: ending it harms nobody. A session that is older than this process is not its own.
 */
const FIND_SQL = `SELECT pid, ceil(1000 * extract(epoch FROM clock_timestamp() - query_start))
  FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND state = 'active' AND usename = current_user
    AND application_name = current_setting('application_name')
    AND clock_timestamp() - backend_start > $1 * interval '1 millisecond'`;

/** Between two looks. */
const MIN_WAIT_MS = 1_000;

export function createOrphans(target: Target): Orphans {
  const lostAfterMs = longestDeadlineMs(target) + MARGIN_MS;
  let mayBeThere = true;

  return {
    async endOn(connection) {
      if (!mayBeThere || connection.isPooler) return null;
      try {
        const upMs = (process.uptime() * 1_000).toFixed(0);
        const { rows } = await connection.ask([{ text: FIND_SQL, values: [upMs] }]);
        const waitsMs = rows.map(([, activeMs]) => lostAfterMs - Number(activeMs));
        for (const [i, [pid = null]] of rows.entries()) {
          if ((waitsMs[i] ?? 0) <= 0) await connection.ask([{ text: END_SQL, values: [pid] }]);
        }
        mayBeThere = rows.length > 0;
        return mayBeThere ? Math.max(MIN_WAIT_MS, Math.min(...waitsMs)) : null;
      } catch (error) {
        if (!connection.isAlive()) throw error;
        return null;
      }
    },
  };
}
