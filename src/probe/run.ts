import { performance } from 'node:perf_hooks';
import { operationsOf, type OwnQuery, type Target } from '../target.js';
import { openConnection, type Connection } from './connection.js';
import { measure, type Measured } from './measure.js';
import { createOwnQueries } from './own-queries.js';
import { QUERY_OPERATION_NAMES, QUERY_OPERATIONS, type QueryOperationName } from './operations.js';
import { measureReplica, type ReplicaSource } from './replica.js';
import {
  samplesByOperation,
  type Failure,
  type Operation,
  type Progress,
  type ReplicaFigures,
  type RunOutcome,
  type RunResult,
  type Sample,
  type Trigger,
} from './result.js';
import { tableSql } from './schema-sql.js';
import { ensureSchema, removeExpired } from './schema.js';
import type { Acquired, Session } from './session.js';

export interface RunOptions {
  readonly target: Target;
  readonly session: Session;
  /** The target's own queries that are due in this run. */
  readonly queries: readonly OwnQuery[];
  /** The own queries' session; none is opened when no query is due. */
  readonly querySession: Session;
  /** Of a read-only target: where its rows come from; null: its visibility delay is not measured. */
  readonly source: ReplicaSource | null;
  readonly region: string;
  readonly applicationName: string;
  readonly trigger: Trigger;
  /** Rounds of ping, select, insert and the own queries. */
  readonly iterations: number;
  readonly retentionMs: number;
  readonly signal: AbortSignal;
  onProgress?(progress: Progress): void;
}

/**
 * One run: a new connection, then rounds of ping, select, insert and the own queries on warm ones,
 * interleaved so that a drift of the path hits all alike.
 *
 * Never throws for what the database or the network does: that is in the samples. An operation that
 * finds no connection fails for the reason that there is none; after one failed attempt to reconnect,
 * the rest of the run fails with it, so that a dead database costs a run two deadlines and not thirty.
 */
export async function runProbe(options: RunOptions): Promise<RunResult> {
  const startedAt = Date.now();
  const start = performance.now();
  const samples = emptySamples(options);
  const rows: { latest: number | null } = { latest: null };
  let aborted = false;
  let retentionFailure: Failure | null = null;
  const isReplica = options.target.mode === 'read-only';
  let replica: ReplicaFigures | null = isReplica ? { lagMs: null, visibility: null } : null;
  try {
    await measureConnect(options, samples);
    const lost = await measureRounds(options, samples, rows);
    if (isReplica) replica = await measureReplica(options, lost);
    else retentionFailure = lost ?? (await keepHouse(options));
  } catch (error) {
    if (!options.signal.aborted) throw error;
    aborted = true;
  }
  return {
    target: options.target.name,
    trigger: options.trigger,
    iterations: options.iterations,
    startedAt,
    durationMs: performance.now() - start,
    outcome: aborted ? 'aborted' : outcomeOf(samples),
    samples,
    connection: null,
    failedAttempts: [],
    pooler: options.target.pooler,
    tableRows: rows.latest,
    replica,
    retentionFailure,
  };
}

/** A connection of its own, from socket to ReadyForQuery; closing it is not measured. */
export async function connectOnce(
  target: Target,
  applicationName: string,
  signal: AbortSignal,
): Promise<Sample> {
  const opened = await measure(
    { timeoutMs: target.operationTimeoutMs, signal },
    (interrupted, clock) => openConnection(target, applicationName, interrupted, clock),
  );
  if (!opened.ok) return opened;
  await opened.value.close();
  return { ok: true, durationMs: opened.durationMs };
}

async function measureConnect(options: RunOptions, samples: MutableSamples): Promise<void> {
  if (samples.connect === undefined) return;
  const sample = await connectOnce(options.target, options.applicationName, options.signal);
  samples.connect.push(sample);
  options.onProgress?.({ operation: 'connect', round: 1, rounds: 1, sample });
}

/** Returns why the connection was lost for good, or null. */
async function measureRounds(
  options: RunOptions,
  samples: MutableSamples,
  rows: { latest: number | null },
): Promise<Failure | null> {
  const { session, signal, iterations: rounds } = options;
  const ownQueries = createOwnQueries(options.querySession, signal);
  let lost: Failure | null = null;
  for (let round = 1; round <= rounds; round++) {
    for (const operation of QUERY_OPERATION_NAMES) {
      const taken = samples[operation];
      if (taken === undefined) continue;
      const acquired: Acquired = lost ?? (await session.acquire(signal));
      if (!acquired.ok) lost = acquired;
      const measured = acquired.ok
        ? await measureQuery(operation, acquired.connection, options)
        : acquired;
      if (operation === 'select' && measured.ok) rows.latest = measured.value;
      const sample = toSample(measured);
      taken.push(sample);
      options.onProgress?.({ operation, round, rounds, sample });
    }
    for (const query of options.queries) {
      const sample = await ownQueries.measure(query);
      if (sample === null) continue;
      samples[query.operation]?.push(sample);
      options.onProgress?.({ operation: query.operation, round, rounds, sample });
    }
  }
  return lost;
}

/** The value is the number of rows that a select counted. */
async function measureQuery(
  operation: QueryOperationName,
  connection: Connection,
  { target, session, region, signal }: RunOptions,
): Promise<Measured<number | null>> {
  const measured = await session.query(connection, signal, (client) =>
    QUERY_OPERATIONS[operation].run(client, region),
  );
  if (!measured.ok)
    return measured.reason === 'missing_table' ? withRemedy(measured, target) : measured;
  const [row] = measured.value.rows as { rows?: number }[];
  return { ...measured, value: row?.rows ?? null };
}

function withRemedy(failure: Failure, { mode }: Target): Failure {
  if (mode === 'read-only') {
    return { ...failure, message: `${failure.message}; it comes here from the primary` };
  }
  return {
    ...failure,
    message: `${failure.message}; this role may not create it, so its owner has to: ${tableSql(null).replace(/\s+/g, ' ').trim()}`,
  };
}

/**
 * After the run and off its clock: the table is made if it has gone, and expired rows are removed.
 * A failure here is reported, and is no operation's.
 */
async function keepHouse(options: RunOptions): Promise<Failure | null> {
  const { session, signal, region, retentionMs } = options;
  const acquired = await session.acquire(signal);
  if (!acquired.ok) return acquired;
  const kept = await session.query(acquired.connection, signal, async (client) => {
    await ensureSchema(client);
    await removeExpired(client, region, retentionMs);
  });
  return kept.ok ? null : kept;
}

type MutableSamples = Partial<Record<Operation, Sample[]>>;

function emptySamples({ target, queries }: RunOptions): MutableSamples {
  const { operations } = target;
  return Object.fromEntries(operationsOf({ operations, queries }).map((name) => [name, []]));
}

function toSample(measured: Measured<unknown>): Sample {
  return measured.ok ? { ok: true, durationMs: measured.durationMs } : measured;
}

function outcomeOf(samples: MutableSamples): RunOutcome {
  const all = samplesByOperation(samples).flatMap(([, of]) => of);
  const successes = all.filter(({ ok }) => ok).length;
  if (successes === all.length) return 'success';
  return successes === 0 ? 'failure' : 'partial';
}
