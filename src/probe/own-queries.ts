import type { OwnQuery } from '../target.js';
import type { Connection } from './connection.js';
import { runReadOnly } from './own-query.js';
import type { Failure, Sample } from './result.js';
import type { Session } from './session.js';

/** The user's queries in one run, on a session of their own. */
export interface OwnQueries {
  /**
   * Null: the query is not asked again in this run, because it timed out or cost its connection. So one
   * that never ends costs a run one deadline, and not one a round.
   */
  measure(query: OwnQuery): Promise<Sample | null>;
}

export function createOwnQueries(session: Session, signal: AbortSignal): OwnQueries {
  const givenUp = new Set<OwnQuery>();
  let lost: Failure | null = null;

  return {
    async measure(query) {
      if (givenUp.has(query)) return null;
      const acquired = lost ?? (await session.acquire(signal));
      if (!acquired.ok) return (lost = acquired);
      const { connection } = acquired;
      const measured = await session.query(
        connection,
        signal,
        () => runReadOnly(connection, query),
        query.timeoutMs,
      );
      if (measured.ok) return { ok: true, durationMs: measured.durationMs };
      if (measured.reason === 'timeout' || !connection.isAlive()) givenUp.add(query);
      if (connection.isAlive()) await endTransaction(session, connection, signal);
      return measured;
    },
  };
}

/** After a failure, off the clock. */
async function endTransaction(
  session: Session,
  connection: Connection,
  signal: AbortSignal,
): Promise<void> {
  const ended = await session.query(connection, signal, (client) => client.query('ROLLBACK'));
  if (!ended.ok) connection.destroy();
}
