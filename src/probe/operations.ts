import type pg from 'pg';
import type { BuiltInOperation } from '../target.js';
import { PROBE_TABLE } from './schema-sql.js';

/** An operation on the warm connection. */
export interface QueryOperation {
  /** Network round trips; measured in docs/methodology.md. */
  readonly roundTrips: number;
  run(client: pg.ClientBase, region: string): Promise<pg.QueryResult>;
}

/**
 * What is timed, in the order of a round. Each is one flight there and one back: node-postgres writes
 * Parse, Bind, Describe, Execute and Sync together.
 */
export const QUERY_OPERATIONS = {
  /** The path, and a database with nothing to do. */
  ping: {
    roundTrips: 1,
    run: (client) => client.query('SELECT 1'),
  },
  /** An index scan over this region's rows, whose number RETENTION keeps constant. */
  select: {
    roundTrips: 1,
    run: (client, region) =>
      client.query(`SELECT count(*)::int AS rows FROM ${PROBE_TABLE} WHERE region = $1`, [region]),
  },
  /** A row, and the flush of its WAL: autocommit. */
  insert: {
    roundTrips: 1,
    run: (client, region) =>
      client.query(`INSERT INTO ${PROBE_TABLE} (region) VALUES ($1)`, [region]),
  },
} satisfies Record<Exclude<BuiltInOperation, 'connect'>, QueryOperation>;

export type QueryOperationName = keyof typeof QUERY_OPERATIONS;
export const QUERY_OPERATION_NAMES = Object.keys(QUERY_OPERATIONS) as QueryOperationName[];
