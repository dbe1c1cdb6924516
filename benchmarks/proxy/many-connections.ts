import pg from 'pg';
import type { Place } from './audit-process.js';

const QUERIES_EACH = 10;

export interface ManyConnections {
  readonly answered: number;
  readonly expected: number;
  readonly seconds: number;
}

/** So many connections, all open at a time, each of which asks ten times. */
export async function measureManyConnections(
  place: Place,
  connections: number,
): Promise<ManyConnections> {
  const from = performance.now();
  const clients = Array.from({ length: connections }, () => new pg.Client(place));
  await Promise.all(clients.map((client) => client.connect()));
  const answers = await Promise.all(
    clients.map(async (client, i) => {
      let right = 0;
      for (let n = 0; n < QUERIES_EACH; n++) {
        const { rows } = await client.query<{ n: number }>('SELECT $1::int AS n', [i * n]);
        if (rows[0]?.n === i * n) right += 1;
      }
      return right;
    }),
  );
  const seconds = (performance.now() - from) / 1_000;
  await Promise.all(clients.map((client) => client.end()));
  return {
    answered: answers.reduce((a, b) => a + b, 0),
    expected: connections * QUERIES_EACH,
    seconds,
  };
}
