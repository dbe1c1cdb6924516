import type pg from 'pg';
import { PROBE_TABLE } from '../../src/probe/schema-sql.js';
import { serverProcessorSeconds } from './server-process.js';

export const ROLE = 'pglatency';

/** What only grows. */
export interface Ledger {
  readonly statements: number;
  /** Of the statements, those that write. */
  readonly writes: number;
  /** Autovacuum's too. */
  readonly transactions: number;
  readonly connections: number;
  readonly walBytes: number;
  readonly deadRows: number;
  readonly autovacuums: number;
  readonly autoanalyzes: number;
  readonly processorSeconds: number;
  /** When it was read, in seconds of a monotonic clock. */
  readonly atSeconds: number;
}

/** The statements are those of the probe's role alone; the rest is the whole server's, or the database's. */
const LEDGER_SQL = `
SELECT s.statements, s.writes, d.sessions::float8 AS connections,
       (d.xact_commit + d.xact_rollback)::float8 AS transactions,
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS "walBytes",
       t."deadRows", t.autovacuums, t.autoanalyzes
FROM pg_stat_database d,
     (SELECT coalesce(sum(calls), 0)::float8 AS statements,
             coalesce(sum(calls) FILTER (WHERE query ~* '^(insert|delete|update)'), 0)::float8 AS writes
      FROM pg_stat_statements WHERE userid = '${ROLE}'::regrole) s,
     (SELECT coalesce(sum(n_tup_del + n_tup_upd), 0)::float8 AS "deadRows",
             coalesce(sum(autovacuum_count), 0)::float8 AS autovacuums,
             coalesce(sum(autoanalyze_count), 0)::float8 AS autoanalyzes
      FROM pg_stat_user_tables WHERE relname = '${PROBE_TABLE}') t
WHERE d.datname = current_database()`;

export async function readLedger(client: pg.Client, postmaster: number): Promise<Ledger> {
  const { rows } = await client.query<Omit<Ledger, 'processorSeconds' | 'atSeconds'>>(LEDGER_SQL);
  const [counted] = rows;
  if (counted === undefined) throw new Error('the server has no statistics of the database');
  const processorSeconds = await serverProcessorSeconds(postmaster);
  return { ...counted, processorSeconds, atSeconds: performance.now() / 1_000 };
}

export function subtract(end: Ledger, start: Ledger): Ledger {
  return combine(end, start, (a, b) => a - b);
}

/** What the second, for as long as the first lasted, has more or less than nothing, taken off it. */
export function withoutIdle(busy: Ledger, idle: Ledger): Ledger {
  const share = busy.atSeconds / idle.atSeconds;
  return { ...combine(busy, idle, (a, b) => a - b * share), atSeconds: busy.atSeconds };
}

export function scale(ledger: Ledger, factor: number): Ledger {
  return combine(ledger, ledger, (value) => value * factor);
}

function combine(a: Ledger, b: Ledger, of: (a: number, b: number) => number): Ledger {
  const entries = Object.entries(a) as [keyof Ledger, number][];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, of(value, b[name])]),
  ) as unknown as Ledger;
}
