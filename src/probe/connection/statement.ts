import pg from 'pg';
import { ProbeError, ProtocolError } from '../results/failure.js';
import type { Wire } from './wire.js';

/** A statement; with values, or several in one flight, it goes by the extended protocol. */
export interface Statement {
  readonly text: string;
  /** The values of $1, $2 and so on, as text. */
  readonly values?: readonly (string | null)[];
}

export interface Answer {
  /** Of all statements, in order, as text; null: NULL. Empty when they are dropped. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** What the last statement did, such as `INSERT 0 1`. */
  readonly command: string;
  /** From the moment when the request went to the socket to the arrival of the bytes that end the answer. */
  readonly durationMs: number;
}

/** More than anything that is asked needs; a row is small beside what it costs to keep. */
const MAX_ROWS = 1_000;

/** Of rows that are dropped, which are a user's query's. */
const MAX_DROPPED_BYTES = 1_048_576;

/**
 * Sends statements in one flight, and waits until the server is ready again or has ended the connection:
 * only then is it known whether the connection still lives.
 *
 * @throws the server's error; ProbeError when the connection ended.
 */
export function ask(
  client: pg.Client,
  wire: Wire,
  statements: readonly Statement[],
  { dropRows = false } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const rows: (string | null)[][] = [];
    let command = '';
    let failure: Error | null = null;

    const fail = () => {
      settle();
      reject(failure instanceof pg.DatabaseError ? failure : endOf(wire, failure));
    };
    /** The driver forgets a query once its error has come; the end of the answer comes later. */
    const look = () => {
      if (failure !== null && !wire.isExpecting()) fail();
    };
    const settle = () => wire.off('data', look).off('close', fail);

    const submittable = {
      submit(connection: pg.Connection) {
        wire.expectAnswer(dropRows ? MAX_DROPPED_BYTES : undefined);
        send(connection, wire, statements);
      },
      handleRowDescription: ignore,
      handleDataRow({ fields }: { fields: (string | null)[] }) {
        if (dropRows) return;
        if (rows.length >= MAX_ROWS) throw new ProtocolError(`more than ${MAX_ROWS} rows`);
        rows.push(fields);
      },
      handleCommandComplete({ text }: { text: string }) {
        command = text;
      },
      handleEmptyQuery: ignore,
      /** The server's error, or the connection's when it has ended. */
      handleError(error: Error) {
        failure ??= error;
        look();
      },
      handleReadyForQuery() {
        settle();
        resolve({ rows, command, durationMs: wire.answeredAt() - wire.sentAt() });
      },
    } satisfies pg.Submittable & Record<string, unknown>;
    wire.on('data', look).once('close', fail);
    client.query(submittable);
  });
}

function endOf(wire: Wire, said: Error | null): Error {
  return wire.failure() ?? said ?? new ProbeError('terminated', 'the connection was closed');
}

function send(connection: pg.Connection, wire: Wire, statements: readonly Statement[]): void {
  const [first, ...more] = statements;
  if (first !== undefined && first.values === undefined && more.length === 0) {
    connection.query(first.text);
    return;
  }
  wire.cork();
  for (const { text, values = [] } of statements) {
    connection.parse({ text, name: '', types: [] }, true);
    connection.bind({ values: [...values] }, true);
    connection.execute(null, true);
  }
  connection.sync();
  wire.uncork();
}

function ignore(): void {
  // The answer is known from its rows and its end.
}
