import pg from 'pg';
import { summarise } from '../../src/probe/results/statistics.js';
import type { Place } from './audit-process.js';

export interface AddedLatency {
  readonly directMs: number;
  readonly throughMs: number;
  /** Of the median. */
  readonly addedMs: number;
}

const WARM_UP = 2_000;
/** A query each in turn, so that whatever else the machine does meets both. */
const QUERY = 'SELECT 5 AS five';

/** The median of a query beside the same through the proxy, one of each in turn. */
export async function measureAddedLatency(
  direct: Place,
  through: Place,
  queries: number,
): Promise<AddedLatency> {
  const clients = [new pg.Client(direct), new pg.Client(through)] as const;
  for (const client of clients) await client.connect();
  const times: [number[], number[]] = [[], []];
  try {
    for (let i = 0; i < WARM_UP + queries; i++) {
      for (const at of i % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const from = performance.now();
        await clients[at].query(QUERY);
        if (i >= WARM_UP) times[at].push(performance.now() - from);
      }
    }
  } finally {
    for (const client of clients) await client.end();
  }
  const [directMs, throughMs] = times.map((it) => Number(summarise(it).p50)) as [number, number];
  return { directMs, throughMs, addedMs: throughMs - directMs };
}
