import type { Connection } from '../../probe/connection/connection.js';
import type { Answer, Statement } from '../../probe/connection/statement.js';

export interface Asked {
  readonly ok: true;
  readonly rows: Answer['rows'];
  /** Of the whole flight, in milliseconds. */
  readonly durationMs: number;
  /** When the answer was there, by this machine's clock, in milliseconds since the epoch. */
  readonly answeredAtMs: number;
}

/** Asks in a transaction that may only read, in one flight. @throws the server's error, or the connection's. */
export async function askReadOnly(connection: Connection, statement: Statement): Promise<Asked> {
  const flight = [{ text: 'BEGIN TRANSACTION READ ONLY' }, statement, { text: 'COMMIT' }];
  try {
    const { rows, durationMs } = await connection.ask(flight);
    return { ok: true, rows, durationMs, answeredAtMs: Date.now() };
  } catch (error) {
    if (connection.isAlive()) await connection.ask([{ text: 'ROLLBACK' }]);
    throw error;
  }
}
