import type pg from 'pg';
import type { OwnQuery } from '../target.js';
import { serverTimeoutMs, type Connection } from './connection.js';
import { AnswerTooLargeError } from './failure.js';

const MIB = 1_048_576;

/** How much a query may answer. Rows are dropped as they arrive; this bounds what they cost the path. */
const MAX_ANSWER_MIB = 1;

/**
 * Runs one of the user's queries in a read-only transaction with its own statement_timeout, and drops
 * its rows. One flight there and one back: BEGIN, SET LOCAL, the query and COMMIT are written together,
 * so that it works the same behind a pooler, where a session's settings would reach other clients.
 *
 * When it fails, the transaction is still open. When it answers too much, the connection is destroyed.
 */
export function runReadOnly(connection: Connection, query: OwnQuery): Promise<void> {
  return new Promise((resolve, reject) => {
    let unwatch = () => {};
    const submittable = {
      submit(wire: pg.Connection) {
        unwatch = watchSize(wire, () => {
          unwatch();
          connection.destroy();
          reject(new AnswerTooLargeError(MAX_ANSWER_MIB));
        });
        send(wire, query);
      },
      handleError(error: Error) {
        unwatch();
        reject(error);
      },
      handleReadyForQuery() {
        unwatch();
        resolve();
      },
      handleDataRow: ignore,
      handleCommandComplete: ignore,
      handleEmptyQuery: ignore,
    } satisfies pg.Submittable & Record<string, unknown>;
    connection.client.query(submittable);
  });
}

function ignore(): void {
  // What a query answers is of no interest; how long it takes is.
}

/** Calls `exceeded` once more than MAX_ANSWER_MIB have arrived, even in the middle of a row. */
function watchSize(wire: pg.Connection, exceeded: () => void): () => void {
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_MIB * MIB) exceeded();
  };
  wire.stream.on('data', count);
  return () => wire.stream.off('data', count);
}

/** The extended protocol, without names: it takes one statement at a time, and poolers take it. */
function send(wire: pg.Connection, { sql, parameters, timeoutMs }: OwnQuery): void {
  wire.stream.cork();
  execute(wire, 'BEGIN READ ONLY');
  execute(wire, `SET LOCAL statement_timeout = ${serverTimeoutMs(timeoutMs)}`);
  execute(wire, sql, parameters);
  execute(wire, 'COMMIT');
  wire.sync();
  wire.stream.uncork();
}

function execute(wire: pg.Connection, text: string, parameters: OwnQuery['parameters'] = []): void {
  const values = parameters.map((value) => (value === null ? null : String(value)));
  wire.parse({ text, name: '', types: [] }, true);
  wire.bind({ values }, true);
  wire.execute(null, true);
}
