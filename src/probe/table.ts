import type { Target } from '../config/target.js';
import type { Connection } from './connection/connection.js';
import { StandbyError, toFailure } from './results/failure.js';
import { probeTable, quoted, tableSql } from './schema-sql.js';

/** Any constant: concurrent CREATE TABLE IF NOT EXISTS of ten regions may otherwise collide. */
const SCHEMA_LOCK = 7_154_230_981;

const STATE_SQL = 'SELECT to_regclass($1) IS NOT NULL, pg_is_in_recovery()';

/**
 * Publications that would include a new table of the schema: a subscriber that lacks it stops, and its slot
 * then keeps WAL on the primary without end.
 * https://www.postgresql.org/docs/current/logical-replication-publication.html
 */
const PUBLICATIONS_SQL = 'SELECT pubname FROM pg_publication WHERE puballtables';
const SCHEMA_PUBLICATIONS_SQL = `${PUBLICATIONS_SQL}
  UNION SELECT pubname FROM pg_publication
  JOIN pg_publication_namespace ON pnpubid = pg_publication.oid
  WHERE pnnspid = coalesce($1, current_schema())::regnamespace`;
const SCHEMA_PUBLICATIONS_SINCE = 150_000;

/**
 * Creates the table of a read-write target if it is missing, if this role may, and if it harms nobody else.
 * Whatever the server says to that, ping goes on: select and insert will each say what is missing.
 *
 * @returns why the table is missing, or null.
 * @throws StandbyError when the server is in recovery; the connection's error when it has ended.
 */
export async function prepareTable(connection: Connection, target: Target): Promise<string | null> {
  const { probeSchema } = target;
  const table = probeTable(probeSchema);
  try {
    const { rows } = await connection.ask([{ text: STATE_SQL, values: [table] }]);
    const [isPresent, isStandby] = rows[0] ?? [];
    if (isStandby === 't') throw new StandbyError();
    if (isPresent === 't') return null;
    const publications = await publicationsOf(connection, probeSchema);
    if (publications.length > 0) return publishedNote(publications);
    // One simple query: one implicit transaction, so the lock is released with it.
    await connection.ask([
      { text: `SELECT pg_advisory_xact_lock(${SCHEMA_LOCK});\n${tableSql(probeSchema)}` },
    ]);
    return null;
  } catch (error) {
    if (error instanceof StandbyError || !connection.isAlive()) throw error;
    return `pglatency could not create it (${toFailure(error).message}), so its owner must create it: ${oneLine(tableSql(probeSchema))}`;
  }
}

async function publicationsOf(connection: Connection, schema: string | null): Promise<string[]> {
  const isBySchema = (connection.serverVersion ?? 0) >= SCHEMA_PUBLICATIONS_SINCE;
  const { rows } = await connection.ask([
    isBySchema
      ? {
          text: SCHEMA_PUBLICATIONS_SQL,
          values: [schema === null ? null : quoted(schema)],
        }
      : { text: PUBLICATIONS_SQL, values: [] },
  ]);
  return rows.map(([name]) => name ?? '');
}

function publishedNote(names: readonly string[]): string {
  return (
    `pglatency did not create it, because the publication ${names.join(', ')} would include it and stop the ` +
    'subscribers that lack it; `pglatency schema` prints how to keep it out'
  );
}

function oneLine(sql: string): string {
  return sql.replace(/\s+/g, ' ').trim();
}
