import type { BuiltInOperation, Target } from '../config/target.js';
import type { Answer, Statement } from './connection/statement.js';
import { ProtocolError } from './results/failure.js';
import { probeTable } from './schema-sql.js';

export interface OperationContext {
  readonly target: Target;
  readonly region: string;
  readonly retentionMs: number;
}

/** An operation on the warm connection. */
export interface QueryOperation {
  /** Network round trips; measured in docs/methodology.md. */
  readonly roundTrips: number;
  statement(context: OperationContext): Statement;
  /**
   * The number of rows that the answer tells of; null: it tells of none.
   *
   * @throws ProtocolError when it is not an answer to the statement.
   */
  read(answer: Answer): number | null;
}

/** A select looks at no more than the latest hour, whatever the retention. */
const MAX_WINDOW_MS = 3_600_000;

/**
 * What is timed, in the order of a round. Each is one flight there and one back: Parse, Bind, Execute and
 * Sync are written together.
 */
export const QUERY_OPERATIONS = {
  /** The path, and a database with nothing to do. */
  ping: {
    roundTrips: 1,
    statement: () => ({ text: 'SELECT 1' }),
    read({ rows }) {
      if (integerOf(rows) !== 1) throw new ProtocolError('SELECT 1 is not answered with 1');
      return null;
    },
  },
  /**
   * An index scan over this region's latest rows, whose number the schedule keeps constant. It is bounded
   * by time, so that rows which were removed and could not be cleaned up yet cost it nothing.
   */
  select: {
    roundTrips: 1,
    statement: ({ target, region, retentionMs }) => ({
      text: `SELECT count(*) FROM ${probeTable(target.probeSchema)} WHERE region = $1 AND inserted_at >= now() - $2 * interval '1 millisecond'`,
      values: [region, String(Math.min(retentionMs, MAX_WINDOW_MS))],
    }),
    read: ({ rows }) => integerOf(rows),
  },
  /** A row, and the flush of its WAL: autocommit. */
  insert: {
    roundTrips: 1,
    statement: ({ target, region }) => ({
      text: `INSERT INTO ${probeTable(target.probeSchema)} (region) VALUES ($1)`,
      values: [region],
    }),
    read({ command }) {
      if (command !== 'INSERT 0 1')
        throw new ProtocolError('the server answered the insert of a row with another command');
      return null;
    },
  },
} satisfies Record<Exclude<BuiltInOperation, 'connect'>, QueryOperation>;

export type QueryOperationName = keyof typeof QUERY_OPERATIONS;
export const QUERY_OPERATION_NAMES = Object.keys(QUERY_OPERATIONS) as QueryOperationName[];

/**
 * The one whole number, from 0, of an answer.
 *
 * @throws ProtocolError when the answer is anything else.
 */
export function integerOf(rows: Answer['rows']): number {
  const [row, ...more] = rows;
  const text = row?.length === 1 ? row[0] : undefined;
  if (more.length > 0 || typeof text !== 'string' || !/^\d{1,15}$/.test(text)) {
    throw new ProtocolError('the answer is not one whole number');
  }
  return Number(text);
}
