import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { PROBE_TABLE } from '../../src/probe/schema-sql.js';
import { quantile } from '../../src/probe/results/statistics.js';
import { ROLE } from './ledger.js';

const LOOK_EVERY_MS = 250;

/** What is there at a time. */
interface Look {
  /** Connections of each region. */
  readonly regions: readonly number[];
  readonly rows: number;
  readonly deadRows: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** The most of everything, and what a region holds most of the time. */
export interface Held extends Omit<Look, 'regions'> {
  readonly connections: number;
  readonly mostConnections: number;
}

const LOOK_SQL = `
SELECT (SELECT coalesce(json_agg(n), '[]') FROM (
          SELECT count(*) AS n FROM pg_stat_activity
          WHERE usename = '${ROLE}' GROUP BY application_name) a) AS regions,
       coalesce(sum(n_live_tup), 0)::float8 AS rows,
       coalesce(sum(n_dead_tup), 0)::float8 AS "deadRows",
       coalesce(sum(pg_table_size(relid)), 0)::float8 AS "tableBytes",
       coalesce(sum(pg_indexes_size(relid)), 0)::float8 AS "indexBytes"
FROM pg_stat_user_tables WHERE relname = '${PROBE_TABLE}'`;

/** Looks at the server several times a second for so long. */
export async function watchHeld(client: pg.Client, seconds: number): Promise<Held> {
  const looks: Look[] = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const { rows } = await client.query<Look>(LOOK_SQL);
    looks.push(...rows);
    await delay(Math.min(LOOK_EVERY_MS, Math.max(0, end - performance.now())));
  }
  const regions = looks.flatMap((look) => look.regions).sort((a, b) => a - b);
  const most = (of: (look: Look) => number) => Math.max(...looks.map(of));
  return {
    connections: quantile(regions, 0.5) ?? 0,
    mostConnections: regions.at(-1) ?? 0,
    rows: most((look) => look.rows),
    deadRows: most((look) => look.deadRows),
    tableBytes: most((look) => look.tableBytes),
    indexBytes: most((look) => look.indexBytes),
  };
}
