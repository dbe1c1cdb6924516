import type { Statement } from './statements.js';
import type { Tag } from './tags.js';

/** What a flight asks for. */
export interface Operation {
  readonly kind: 'query' | 'parse' | 'bind' | 'describe' | 'execute' | 'close' | 'call' | 'copy';
  /** null: there is none, or it is not known. */
  readonly statement: Statement | null;
  /** Of the statement's comment. */
  readonly tag: Tag | null;
}

/** What a client sends before it waits, and the wait: one round trip. Times are of performance.now(). */
export interface Flight {
  /** From 1; flights of one depth are one flight. */
  readonly depth: number;
  /** The first message came from the client. */
  readonly startedAt: number;
  /** The first message that asks for an answer. NaN: none yet. */
  demandedAt: number;
  /** The answer was complete. NaN: not yet. */
  answeredAt: number;
  /** Answers that are still to come. */
  pending: number;
  readonly operations: Operation[];
  /** The server's word after it: false in a transaction. null: it has not said. */
  isIdleAfter: boolean | null;
  /** The server answered with an error. */
  hasFailed: boolean;
  /** Of the session, where the answer changed it; empty: as at the login. null: it did not change it. */
  applicationName: string | null;
}

export function newFlight(depth: number, startedAt: number): Flight {
  return {
    depth,
    startedAt,
    demandedAt: NaN,
    answeredAt: NaN,
    pending: 0,
    operations: [],
    isIdleAfter: null,
    hasFailed: false,
    applicationName: null,
  };
}
