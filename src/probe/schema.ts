import type pg from 'pg';
import { StandbyError } from './failure.js';
import { PROBE_TABLE, tableSql } from './schema-sql.js';

/** Any constant: concurrent CREATE TABLE IF NOT EXISTS of ten regions may otherwise collide. */
const SCHEMA_LOCK = 7_154_230_981;

/** Server errors that say "this role may not" or "not here": then the owner has to do it. */
const NOT_OURS_TO_CREATE: ReadonlySet<unknown> = new Set(['42501', '25006']);

/**
 * Creates the table of a read-write target if it is missing and this role may. Where it may not,
 * nothing is thrown: select and insert will each say what is missing.
 *
 * @throws StandbyError when the server is in recovery; one that says so at once lets nobody get here.
 */
export async function ensureSchema(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ present: boolean; standby: boolean }>(
    `SELECT to_regclass('${PROBE_TABLE}') IS NOT NULL AS present, pg_is_in_recovery() AS standby`,
  );
  if (rows[0]?.standby === true) throw new StandbyError();
  if (rows[0]?.present === true) return;
  try {
    // One simple query: one implicit transaction, so the lock is released with it.
    await client.query(`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK});\n${tableSql(null)}`);
  } catch (error) {
    if (!NOT_OURS_TO_CREATE.has((error as { code?: unknown }).code)) throw error;
  }
}

/** Removes this region's rows that are older than `retentionMs`. */
export async function removeExpired(
  client: pg.ClientBase,
  region: string,
  retentionMs: number,
): Promise<void> {
  await client.query(
    `DELETE FROM ${PROBE_TABLE} WHERE region = $1 AND inserted_at < now() - $2 * interval '1 millisecond'`,
    [region, retentionMs],
  );
}
