import { performance } from 'node:perf_hooks';
import { operationsOf } from '../config/target.js';
import { connectOnce, type Connected } from './connect-once.js';
import { measure } from './measure.js';
import { measureReplica } from './replica.js';
import {
  samplesByOperation,
  type Failure,
  type Operation,
  type Progress,
  type ReplicaFigures,
  type RunOutcome,
  type RunResult,
  type Sample,
} from './results/result.js';
import { measureRounds, type RoundsEnd } from './rounds.js';
import { createRunBudget, type RunBudget } from './run-budget.js';
import type { RunOptions } from './run-options.js';

/**
 * One run: a new connection, then rounds of ping, select, insert and the own queries on warm ones,
 * interleaved so that a drift of the path hits all alike.
 *
 * Never throws for what the database or the network does: that is in the samples. An operation that
 * finds no connection fails for the reason that there is none; after one failed attempt to reconnect,
 * the rest of the run fails with it. An operation that has timed out, or whose answer is no PostgreSQL's, is not
 * sent again in the same run: its remaining rounds fail with it. run-budget.ts bounds what a run may take in all.
 */
export async function runProbe(options: RunOptions): Promise<RunResult> {
  const startedAt = Date.now();
  const start = performance.now();
  const run = createRun(options);
  let aborted = false;
  try {
    await measureAll(run);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    aborted = true;
  }
  const { samples, connected, tableRows, replica, retentionFailure } = run;
  return {
    target: options.target.name,
    trigger: options.trigger,
    iterations: options.iterations,
    startedAt,
    durationMs: performance.now() - start,
    outcome: aborted ? 'aborted' : outcomeOf(samples),
    samples,
    connection: connected?.facts ?? null,
    failedAttempts: connected?.failedAttempts ?? [],
    pooler: connected?.isPooler ?? options.target.pooler,
    tableRows,
    replica,
    retentionFailure,
  };
}

interface Run {
  readonly options: RunOptions;
  readonly budget: RunBudget;
  readonly samples: MutableSamples;
  connected: Connected | null;
  tableRows: number | null;
  replica: ReplicaFigures | null;
  retentionFailure: Failure | null;
}

function createRun(options: RunOptions): Run {
  const { target } = options;
  return {
    options,
    budget: createRunBudget(target.operationTimeoutMs),
    samples: emptySamples(options),
    connected: null,
    tableRows: null,
    replica: target.mode === 'read-only' ? { lagMs: null, visibility: null } : null,
    retentionFailure: null,
  };
}

/** If it does not wake up, the operations that follow will show it. */
async function wakeUp({ connector, target, trigger, signal }: RunOptions): Promise<void> {
  await measure({ timeoutMs: target.operationTimeoutMs, signal }, async (interrupted) => {
    const connection = await connector.open(target, trigger, interrupted);
    await connection.close();
  });
}

/** @throws the signal's reason when the run is aborted. */
async function measureAll(run: Run): Promise<void> {
  const { options, budget, samples } = run;
  if (options.mayBeAsleep) await wakeUp(options);
  if (samples.connect !== undefined) {
    const sample = await budget.charge(async () => {
      run.connected = await connectOnce(options);
      return run.connected.sample;
    });
    take(run, 'connect', sample, { round: 1, rounds: 1 });
  }
  const end = await measureRounds({
    options,
    budget,
    has: (operation) => samples[operation] !== undefined,
    take: (operation, sample, round) =>
      take(run, operation, sample, { round, rounds: options.iterations }),
  });
  if (options.target.mode === 'read-write') await keepHouse(run, end);
  else {
    run.replica = await measureReplica(options, end.lost);
    await countRows(run, end);
  }
}

function take(
  { samples, options }: Run,
  operation: Operation,
  sample: Sample,
  at: Pick<Progress, 'round' | 'rounds'>,
): void {
  samples[operation]?.push(sample);
  options.onProgress?.({ operation, sample, ...at });
}

/** After the run, and not timed. A failure here is reported, but belongs to no operation. */
async function keepHouse(run: Run, { lost, hasGivenUp, hasInserted }: RoundsEnd): Promise<void> {
  const { session, housekeeping, signal, target } = run.options;
  // The timeout may come from a lock on the table, for which others already wait.
  if (hasGivenUp) return;
  const acquired = lost ?? (await session.acquire(signal));
  const kept = acquired.ok
    ? await session.query(acquired.connection, signal, (connection) =>
        housekeeping.keep(connection, { target, hasInserted }),
      )
    : acquired;
  if (kept.ok) run.tableRows = kept.value;
  else run.retentionFailure = kept;
}

/** The rows of a replica, which come from its primary. */
async function countRows(run: Run, { lost, hasGivenUp }: RoundsEnd): Promise<void> {
  const { session, housekeeping, signal, target } = run.options;
  if (lost !== null || hasGivenUp || run.samples.select === undefined) return;
  const acquired = await session.acquire(signal);
  if (!acquired.ok) return;
  const counted = await session.query(acquired.connection, signal, (connection) =>
    housekeeping.count(connection, target),
  );
  if (counted.ok) run.tableRows = counted.value;
}

type MutableSamples = Partial<Record<Operation, Sample[]>>;

function emptySamples({ target, queries }: RunOptions): MutableSamples {
  const { operations } = target;
  return Object.fromEntries(operationsOf({ operations, queries }).map((name) => [name, []]));
}

function outcomeOf(samples: MutableSamples): RunOutcome {
  const all = samplesByOperation(samples).flatMap(([, of]) => of);
  const successes = all.filter(({ ok }) => ok).length;
  if (successes === all.length) return 'success';
  return successes === 0 ? 'failure' : 'partial';
}
