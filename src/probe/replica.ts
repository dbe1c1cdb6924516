import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Target } from '../target.js';
import type { Connection } from './connection.js';
import type { Measured } from './measure.js';
import type { Failure, ReplicaFigures, Sample } from './result.js';
import { PROBE_TABLE } from './schema-sql.js';
import type { Session } from './session.js';

/** Where a replica's rows come from. */
export interface ReplicaSource {
  /** The target's. */
  readonly name: string;
  /** Its own for each replica: one that hangs holds up nobody else. */
  readonly session: Session;
}

export interface ReplicaOptions {
  readonly target: Target;
  readonly session: Session;
  /** null: the visibility delay is not measured. */
  readonly source: ReplicaSource | null;
  readonly region: string;
  readonly signal: AbortSignal;
}

/**
 * How far a read-only target is behind, asked on its warm connection. `lost`: why there is none any
 * more, or null.
 *
 * @throws the signal's reason when the run is aborted; every other error is in the figures.
 */
export async function measureReplica(
  options: ReplicaOptions,
  lost: Failure | null,
): Promise<ReplicaFigures> {
  const { session, source, signal } = options;
  const acquired = lost ?? (await session.acquire(signal));
  if (!acquired.ok) return { lagMs: null, visibility: source && acquired };
  const { connection } = acquired;
  const lag = await session.query(connection, signal, readLag);
  const lagMs = lag.ok ? lag.value : null;
  if (source === null) return { lagMs, visibility: null };
  if (!lag.ok && !connection.isAlive()) return { lagMs, visibility: lag };
  return { lagMs, visibility: await measureVisibility(options, source, connection) };
}

/**
 * 0 needs a WAL receiver, which every role may see: all that was received is replayed also on a replica
 * that is cut off. CASE, because greatest() takes an unknown age for 0.
 */
const LAG_SQL = `SELECT CASE
  WHEN NOT pg_is_in_recovery() THEN NULL
  WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
    AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
  ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000
END::float8 AS lag_ms`;

/**
 * The lag as the server states it, in milliseconds: 0 when it has replayed all that it received, and
 * otherwise the age of the latest replayed commit, by the primary's clock and its own. null: unknown,
 * because it is no replica or has replayed no commit since it started.
 */
async function readLag(client: pg.ClientBase): Promise<number | null> {
  const { rows } = await client.query<{ lag_ms: number | null }>(LAG_SQL);
  const lagMs = rows[0]?.lag_ms ?? null;
  return lagMs === null ? null : Math.max(0, lagMs);
}

/**
 * From a row's commit on the primary to the arrival of the first answer of the replica that has it.
 * The commit is taken for the middle of the insert's flight, as NTP takes a server's clock. The delay
 * includes half a round trip to the replica, whose whole, with the pause between two polls (2 ms, or
 * 2 % of the delay), is its resolution. Bounded by the replica's operation timeout.
 */
async function measureVisibility(
  { target, session, region, signal }: ReplicaOptions,
  source: ReplicaSource,
  connection: Connection,
): Promise<Sample> {
  const committed = await insertRow(source.session, region, signal);
  if (!committed.ok) {
    return { ...committed, message: `the insert on ${source.name}: ${committed.message}` };
  }
  const { operationTimeoutMs: timeoutMs } = target;
  const read = await session.query(connection, signal, (client) =>
    pollForRow(client, committed.value, timeoutMs),
  );
  if (!read.ok) return read;
  const sinceCommitMs = committed.durationMs / 2 + read.durationMs;
  if (read.value) return { ok: true, durationMs: sinceCommitMs };
  const message = `a row that ${source.name} had committed could not be read within ${timeoutMs} ms`;
  return { ok: false, reason: 'timeout', message };
}

/** By its time too: a replica that was promoted gives the same ids to rows of its own. */
interface InsertedRow {
  readonly id: string;
  readonly inserted_at: string;
}

/** The new row, once the primary has acknowledged it. */
async function insertRow(
  session: Session,
  region: string,
  signal: AbortSignal,
): Promise<Measured<InsertedRow>> {
  const acquired = await session.acquire(signal);
  if (!acquired.ok) return acquired;
  return session.query(acquired.connection, signal, async (client) => {
    const { rows } = await client.query<InsertedRow>(
      `INSERT INTO ${PROBE_TABLE} (region) VALUES ($1) RETURNING id, inserted_at::text`,
      [region],
    );
    return rows[0] as InsertedRow;
  });
}

/** Between two polls: little beside the delay, and not a busy loop on a replica that is near. */
const MIN_PAUSE_MS = 2;
const PAUSE_SHARE = 0.02;

const SEEN_SQL = `SELECT 1 FROM ${PROBE_TABLE} WHERE id = $1 AND inserted_at = $2::timestamptz`;

/**
 * Whether the row came in time. Gives up before a poll that the deadline would cut off, because that
 * costs the connection.
 */
async function pollForRow(
  client: pg.ClientBase,
  row: InsertedRow,
  timeoutMs: number,
): Promise<boolean> {
  const startedAt = performance.now();
  let slowestMs = 0;
  for (;;) {
    const askedAt = performance.now();
    const { rowCount } = await client.query(SEEN_SQL, [row.id, row.inserted_at]);
    if (rowCount === 1) return true;
    const now = performance.now();
    slowestMs = Math.max(slowestMs, now - askedAt);
    const pauseMs = Math.max(MIN_PAUSE_MS, (now - startedAt) * PAUSE_SHARE);
    if (now - startedAt + pauseMs + 2 * slowestMs > timeoutMs) return false;
    await delay(pauseMs);
  }
}
