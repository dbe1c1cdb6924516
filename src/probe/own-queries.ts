import type { OwnQuery } from '../config/target.js';
import { serverTimeoutMs } from './connection/connection.js';
import type { Statement } from './connection/statement.js';
import { AnswerTooLargeError, OwnAnswerTooLargeError } from './results/failure.js';
import type { Failure, Sample } from './results/result.js';
import type { Session } from './session.js';

/** The user's queries in one run. */
export interface OwnQueries {
  /**
   * Null: the query is not asked again in this run, because it timed out or cost its connection. So one
   * that never ends costs a run one deadline, and not one a round.
   */
  measure(query: OwnQuery): Promise<Sample | null>;
}

export function createOwnQueries(session: Session, signal: AbortSignal): OwnQueries {
  const givenUp = new Set<OwnQuery>();
  let lost: Failure | null = null;

  return {
    async measure(query) {
      if (givenUp.has(query)) return null;
      const acquired = lost ?? (await session.acquire(signal));
      if (!acquired.ok) return (lost = acquired);
      const { connection } = acquired;
      const measured = await session.query(
        connection,
        signal,
        (it) => it.ask(inReadOnlyTransaction(query), { dropRows: true }).catch(blame(query)),
        query.timeoutMs,
      );
      if (measured.ok) return { ok: true, durationMs: measured.value.durationMs };
      if (measured.reason === 'timeout' || !connection.isAlive()) givenUp.add(query);
      // After a failure the transaction is still open: end it, unmeasured.
      if (connection.isAlive()) {
        await session.query(connection, signal, (it) => it.ask([{ text: 'ROLLBACK' }]));
      }
      return measured;
    },
  };
}

/** @throws the error, as the query's where the query is to blame, without the query's parameters. */
function blame({ parameters }: OwnQuery) {
  return (error: unknown): never => {
    if (error instanceof Error) error.message = withoutParameters(error.message, parameters);
    throw error instanceof AnswerTooLargeError ? new OwnAnswerTooLargeError(error) : error;
  };
}

/**
 * A shorter one is replaced only where the server quotes it, because it could be a part of other words and
 * numbers.
 */
const PLAIN_CHARACTERS = 4;

/** A parameter may be a person's address: the log says `$1` in its place. */
export function withoutParameters(message: string, parameters: OwnQuery['parameters']): string {
  return parameters.reduce<string>((text, value, i) => {
    const said = value === null ? '' : String(value);
    if (said === '') return text;
    const name = `$${i + 1}`;
    if (said.length >= PLAIN_CHARACTERS) return text.replaceAll(said, () => name);
    return text.replaceAll(`"${said}"`, () => `"${name}"`);
  }, message);
}

/**
 * A read-only transaction with its own statement_timeout. One flight there and one back: all of it is
 * written together, so that it works the same behind a pooler, where a session's settings would reach
 * other clients. The extended protocol takes one statement at a time.
 */
function inReadOnlyTransaction({ sql, parameters, timeoutMs }: OwnQuery): Statement[] {
  return [
    { text: 'BEGIN READ ONLY' },
    { text: `SET LOCAL statement_timeout = ${serverTimeoutMs(timeoutMs)}` },
    { text: sql, values: parameters.map((value) => (value === null ? null : String(value))) },
    { text: 'COMMIT' },
  ];
}
