import { performance } from 'node:perf_hooks';
import type { Target } from '../config/target.js';
import type { Connection } from './connection/connection.js';
import type { Statement } from './connection/statement.js';
import { ProbeError, toFailure } from './results/failure.js';
import { integerOf } from './operations.js';
import { probeTable } from './schema-sql.js';
import { prepareTable } from './table.js';

/** What is done to the probe's table after a run, and is not measured. */
export interface Housekeeping {
  /**
   * Makes the table if it has gone, removes this region's rows past their retention, and counts the others.
   *
   * @throws what the server says; ProbeError when the rows that were inserted cannot be seen.
   */
  keep(connection: Connection, work: { target: Target; hasInserted: boolean }): Promise<number>;
  /** Counts this region's rows that are within their retention. */
  count(connection: Connection, target: Target): Promise<number>;
}

/** A sweep begins where the one before ended, with this margin for the clocks. */
const MARGIN_MS = 60_000;

/**
 * Only what has expired since the sweep before is looked at: while somebody's forgotten transaction keeps
 * removed rows from being cleaned up, a sweep over all of them would cost more each day. null: everything.
 */
const sweepSql = (table: string) => `DELETE FROM ${table} WHERE region = $1
  AND inserted_at < now() - $2 * interval '1 millisecond'
  AND inserted_at >= coalesce(now() - $3 * interval '1 millisecond', '-infinity')`;

const countSql = (table: string) => `SELECT count(*) FROM ${table} WHERE region = $1
  AND inserted_at >= now() - $2 * interval '1 millisecond'`;

export function createHousekeeping(settings: {
  region: string;
  retentionMs: number;
}): Housekeeping {
  const { region, retentionMs } = settings;
  /** By target: when its last sweep ended, in milliseconds of performance.now(). */
  const sweptAt = new Map<string, number>();

  const countOf = ({ probeSchema }: Target): Statement => ({
    text: countSql(probeTable(probeSchema)),
    values: [region, String(retentionMs)],
  });

  /** In one flight: a run from far away has little time left before the next. */
  const sweepAndCount = async (connection: Connection, target: Target): Promise<number> => {
    const before = sweptAt.get(target.name);
    const startedAt = performance.now();
    const reachMs =
      before === undefined ? null : String(Math.ceil(retentionMs + startedAt - before + MARGIN_MS));
    const sweep = {
      text: sweepSql(probeTable(target.probeSchema)),
      values: [region, String(retentionMs), reachMs],
    };
    const { rows } = await connection.ask([sweep, countOf(target)]);
    sweptAt.set(target.name, startedAt);
    return integerOf(rows);
  };

  return {
    count: async (connection, target) => integerOf((await connection.ask([countOf(target)])).rows),

    async keep(connection, { target, hasInserted }) {
      const count = await sweepAndCount(connection, target).catch(async (error: unknown) => {
        if (toFailure(error).reason !== 'missing_table') throw error;
        await prepareTable(connection, target);
        return sweepAndCount(connection, target);
      });
      if (count === 0 && hasInserted) throw hiddenRows();
      return count;
    },
  };
}

export function hiddenRows(): ProbeError {
  return new ProbeError(
    'permission',
    'the row that was just inserted cannot be read: row-level security hides it from this role, or something removes it',
  );
}
