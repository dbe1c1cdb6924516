import type { Connection } from '../probe/connection/connection.js';
import { QUERY_OPERATIONS } from '../probe/operations.js';

/** What is asked again and again on a connection. */
export interface Work {
  /** What a summary calls one of them. */
  readonly noun: string;
  /** What it does, in a line; null: nobody needs to be told. */
  readonly notice: string | null;
  /** On each new connection, unmeasured. @throws the server's error, or the connection's. */
  begin(connection: Connection): Promise<void>;
  /** @returns how long it took, in milliseconds. @throws as `begin`. */
  sample(connection: Connection): Promise<number>;
  /** Before the connection is closed in good order. */
  end(connection: Connection): Promise<void>;
}

/** `SELECT 1`, as the probe asks it. */
export function createSelectWork(): Work {
  const { statement, read } = QUERY_OPERATIONS.ping;
  const ask = async (connection: Connection) => {
    const answer = await connection.ask([statement()]);
    read(answer);
    return answer.durationMs;
  };
  return {
    noun: 'query',
    notice: null,
    async begin(connection) {
      await ask(connection);
    },
    sample: ask,
    end: () => Promise.resolve(),
  };
}

/** The latest rows are of no use to anybody: the transaction is never committed. */
const BEGIN_SQL =
  'BEGIN; CREATE TEMPORARY TABLE pglatency_ping (id bigint GENERATED ALWAYS AS IDENTITY, inserted_at timestamptz NOT NULL DEFAULT now()) ON COMMIT DROP';
const INSERT_SQL = 'INSERT INTO pg_temp.pglatency_ping DEFAULT VALUES';

/**
 * How long one transaction is kept open, in milliseconds. While it is, VACUUM keeps the rows that others
 * delete; each new one leaves a few dead rows in the catalogue.
 */
const MAX_TRANSACTION_MS = 60_000;

/** A row into a temporary table, in a transaction that is rolled back. */
export function createInsertWork(now: () => number = () => performance.now()): Work {
  let begunAt = 0;
  let isUsable = false;
  const rollBack = async (connection: Connection) => {
    await connection.ask([{ text: 'ROLLBACK' }]);
  };
  const insert = async (connection: Connection) => {
    const { command, durationMs } = await connection.ask([{ text: INSERT_SQL, values: [] }]);
    if (command !== 'INSERT 0 1')
      throw new Error(`the server answered the insert of a row with ${command}`);
    return durationMs;
  };
  const begin = async (connection: Connection) => {
    isUsable = false;
    try {
      await connection.ask([{ text: BEGIN_SQL }]);
    } catch (error) {
      if (connection.isAlive()) await rollBack(connection);
      throw error;
    }
    await insert(connection);
    begunAt = now();
    isUsable = true;
  };
  return {
    noun: 'insert',
    notice:
      'each sample is an INSERT into a temporary table, in a transaction that is rolled back: no COMMIT, so no wait for the disk or for a standby',
    begin,
    async sample(connection) {
      if (!isUsable || now() > begunAt + MAX_TRANSACTION_MS) {
        await rollBack(connection);
        await begin(connection);
      }
      isUsable = false;
      const durationMs = await insert(connection);
      isUsable = true;
      return durationMs;
    },
    end: rollBack,
  };
}
