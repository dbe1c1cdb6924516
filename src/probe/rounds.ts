import type { Connection } from './connection/connection.js';
import { toFailure } from './results/failure.js';
import { hiddenRows } from './housekeeping.js';
import { createOwnQueries } from './own-queries.js';
import { QUERY_OPERATION_NAMES, QUERY_OPERATIONS, type QueryOperationName } from './operations.js';
import type { Failure, FailureReason, Operation, Sample } from './results/result.js';
import type { RunBudget } from './run-budget.js';
import type { RunOptions } from './run-options.js';

export interface Rounds {
  readonly options: RunOptions;
  readonly budget: RunBudget;
  has(operation: Operation): boolean;
  /** A sample is known. */
  take(operation: Operation, sample: Sample, round: number): void;
}

/**
 * A server that is slow, or that sends nonsense, will do so again, and each time would cost a new connection.
 */
const GIVEN_UP_FOR: readonly FailureReason[] = ['timeout', 'protocol'];

/** How the rounds ended. */
export interface RoundsEnd {
  /** Why the connection was lost for good; null: it was not. */
  readonly lost: Failure | null;
  /** An operation was given up: the table is left alone then. */
  readonly hasGivenUp: boolean;
  readonly hasInserted: boolean;
}

/** What is known while the rounds go on. */
interface State {
  lost: Failure | null;
  hasInserted: boolean;
  /** They are not sent again. */
  readonly givenUp: Map<QueryOperationName, Failure>;
}

/** Rounds of ping, select, insert and the own queries, until they are done or the budget is spent. */
export async function measureRounds(rounds: Rounds): Promise<RoundsEnd> {
  const { options, budget } = rounds;
  const state: State = { lost: null, hasInserted: false, givenUp: new Map() };
  const ownQueries = createOwnQueries(options.querySession, options.signal);
  for (let round = 1; round <= options.iterations && !budget.isSpent(); round++) {
    for (const operation of QUERY_OPERATION_NAMES) {
      if (!rounds.has(operation)) continue;
      const known = state.lost ?? state.givenUp.get(operation);
      rounds.take(operation, known ?? (await measureOne(operation, rounds, state)), round);
    }
    for (const query of options.queries) {
      const sample = await ownQueries.measure(query);
      if (sample !== null) rounds.take(query.operation, sample, round);
    }
  }
  const { lost, hasInserted, givenUp } = state;
  return { lost, hasInserted, hasGivenUp: givenUp.size > 0 };
}

async function measureOne(
  operation: QueryOperationName,
  { options, budget }: Rounds,
  state: State,
): Promise<Sample> {
  const sample = await budget.charge(async () => {
    const acquired = await options.session.acquire(options.signal);
    if (acquired.ok) return measureQuery(operation, acquired.connection, options, state);
    state.lost = acquired;
    return acquired;
  });
  if (!sample.ok && GIVEN_UP_FOR.includes(sample.reason)) state.givenUp.set(operation, sample);
  if (sample.ok && operation === 'insert') state.hasInserted = true;
  return sample;
}

async function measureQuery(
  operation: QueryOperationName,
  connection: Connection,
  options: RunOptions,
  state: State,
): Promise<Sample> {
  const { session, signal } = options;
  const { statement, read } = QUERY_OPERATIONS[operation];
  const measured = await session.query(connection, signal, async (it) => {
    const answer = await it.ask([statement(options)]);
    return { rows: read(answer), durationMs: answer.durationMs };
  });
  if (!measured.ok)
    return measured.reason === 'missing_table' ? withRemedy(measured, options) : measured;
  const { rows, durationMs } = measured.value;
  return rows === 0 && state.hasInserted ? toFailure(hiddenRows()) : { ok: true, durationMs };
}

function withRemedy(failure: Failure, { target, session }: RunOptions): Failure {
  const remedy =
    target.mode === 'read-only'
      ? 'create it on the primary; replication brings it here'
      : session.note();
  return remedy === null ? failure : { ...failure, message: `${failure.message}; ${remedy}` };
}
