import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../config/target.js';
import type { Connection } from './connection/connection.js';
import { ProtocolError } from './results/failure.js';
import type { Measured } from './measure.js';
import type { Failure, ReplicaFigures, Sample } from './results/result.js';
import { probeTable } from './schema-sql.js';
import type { Session } from './session.js';

/** Where a replica's rows come from. */
export interface ReplicaSource {
  /** The target's. */
  readonly name: string;
  readonly probeSchema: string | null;
  /** Shared by the target's replicas, whose rows are inserted one after the other. */
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
 * 0 needs a WAL receiver, which every role may see: all that was received is replayed also on a replica that is
 * cut off. CASE, because greatest() ignores an unknown age and would give 0.
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
async function readLag(connection: Connection): Promise<number | null> {
  const { rows } = await connection.ask([{ text: LAG_SQL }]);
  const [row, ...more] = rows;
  if (more.length > 0 || row?.length !== 1) throw new ProtocolError('the lag is not one value');
  const [text] = row;
  if (text === null || text === undefined) return null;
  const lagMs = Number(text);
  if (!Number.isFinite(lagMs)) throw new ProtocolError('the lag is not a number');
  return Math.max(0, lagMs);
}

/**
 * From a row's commit on the primary to the arrival of the first answer of the replica that has it. The middle
 * of the insert's flight counts as the commit, as NTP does with a server's clock. The delay includes half a
 * round trip to the replica, whose whole, with the pause between two polls (2 ms, or 2 % of the delay), is its
 * resolution. Bounded by the replica's operation timeout.
 */
async function measureVisibility(
  { target, session, region, signal }: ReplicaOptions,
  source: ReplicaSource,
  connection: Connection,
): Promise<Sample> {
  const committed = await insertRow(source, region, signal);
  if (!committed.ok) {
    return { ...committed, message: `the insert on ${source.name}: ${committed.message}` };
  }
  const { operationTimeoutMs: timeoutMs } = target;
  const read = await session.query(connection, signal, (it) =>
    pollForRow(it, { ...committed.value, table: probeTable(target.probeSchema) }, timeoutMs),
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
  /** Microseconds since the epoch: a text that no setting of the session changes. */
  readonly insertedAtUs: string;
}

const INSERTED_AT_US = '(extract(epoch FROM inserted_at) * 1000000)::bigint';

/** The new row, once the primary has acknowledged it. */
async function insertRow(
  { session, probeSchema }: ReplicaSource,
  region: string,
  signal: AbortSignal,
): Promise<Measured<InsertedRow>> {
  const text = `INSERT INTO ${probeTable(probeSchema)} (region) VALUES ($1) RETURNING id, ${INSERTED_AT_US}`;
  return session.alone(async () => {
    const acquired = await session.acquire(signal);
    if (!acquired.ok) return acquired;
    return session.query(acquired.connection, signal, async (connection) => {
      const { rows } = await connection.ask([{ text, values: [region] }]);
      const [id, insertedAtUs] = rows[0] ?? [];
      if (typeof id !== 'string' || typeof insertedAtUs !== 'string') {
        throw new ProtocolError('the inserted row is not returned');
      }
      return { id, insertedAtUs };
    });
  });
}

/** Between two polls: little beside the delay, and not a busy loop on a replica that is near. */
const MIN_PAUSE_MS = 2;
const PAUSE_SHARE = 0.02;

/**
 * Whether the row came in time. Gives up before a poll that the deadline would cut off, because that
 * costs the connection.
 */
async function pollForRow(
  connection: Connection,
  { table, id, insertedAtUs }: InsertedRow & { readonly table: string },
  timeoutMs: number,
): Promise<boolean> {
  const text = `SELECT 1 FROM ${table} WHERE id = $1 AND ${INSERTED_AT_US} = $2`;
  const startedAt = performance.now();
  let slowestMs = 0;
  for (;;) {
    const askedAt = performance.now();
    const { rows } = await connection.ask([{ text, values: [id, insertedAtUs] }]);
    if (rows.length === 1) return true;
    const now = performance.now();
    slowestMs = Math.max(slowestMs, now - askedAt);
    const pauseMs = Math.max(MIN_PAUSE_MS, (now - startedAt) * PAUSE_SHARE);
    if (now - startedAt + pauseMs + 2 * slowestMs > timeoutMs) return false;
    await delay(pauseMs);
  }
}
