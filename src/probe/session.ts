import { performance } from 'node:perf_hooks';
import type { Target } from '../config/target.js';
import type { Connection } from './connection/connection.js';
import type { Connector } from './connection/connector.js';
import { applySessionSettings } from './connection/session-settings.js';
import { measure, type Measured } from './measure.js';
import type { Failure, Trigger } from './results/result.js';
import { prepareTable } from './table.js';

export type Acquired = { readonly ok: true; readonly connection: Connection } | Failure;

/** One warm connection to a target, opened when it is needed and replaced when it has died. */
export interface Session {
  /** The connection, or why there is none. A new one is warmed up by an unmeasured query first. */
  acquire(signal: AbortSignal): Promise<Acquired>;
  /**
   * Runs a query, measured. A connection that has not answered in time is let go of: a late answer would
   * otherwise be taken for the next query's. `timeoutMs`: the target's, when it is not given.
   *
   * @throws the signal's reason.
   */
  query<T>(
    connection: Connection,
    signal: AbortSignal,
    query: (connection: Connection) => Promise<T>,
    timeoutMs?: number,
  ): Promise<Measured<T>>;
  /** Runs `work` when the work of all earlier callers is done. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** What the latest warm-up had to say, such as why the table is missing; null: nothing. */
  note(): string | null;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly connector: Connector;
  readonly target: Target;
  readonly kind: Trigger;
  /** Unmeasured, on each new connection; what it returns is the session's note. */
  readonly warmUp?: (connection: Connection) => Promise<string | null>;
}

/** A connection that has been idle for longer is asked, unmeasured, whether it still answers. */
const DOUBTFUL_AFTER_MS = 5_000;
/** How long its answer may take: this, or a few of the round trips of its connect, if that is longer. */
const DOUBT_TIMEOUT_MS = 1_000;
/** After a longer pause it is closed: routers forget it, and it would hold a slot for nothing. */
const CLOSED_AFTER_MS = 180_000;

export function createSession(options: SessionOptions): Session {
  const { connector, target, kind } = options;
  const { operationTimeoutMs: timeoutMs } = target;
  let warm: Connection | null = null;
  let note: string | null = null;
  let before: Promise<unknown> = Promise.resolve();
  const idle = createIdleWatch(() => void session.close());

  const { prepare, lookAgain } = createChecks(options);

  const stillAnswers = async (connection: Connection, signal: AbortSignal) => {
    if (idle.lastedMs() < DOUBTFUL_AFTER_MS) return true;
    const patienceMs = Math.min(timeoutMs, Math.max(DOUBT_TIMEOUT_MS, connection.connectMs));
    return (await session.query(connection, signal, lookAgain, patienceMs)).ok;
  };

  const session: Session = {
    async acquire(signal) {
      if (warm?.isAlive() === true && (await stillAnswers(warm, signal))) {
        return { ok: true, connection: warm };
      }
      const opened = await measure({ timeoutMs, signal }, (interrupted) =>
        connector.open(target, kind, interrupted),
      );
      if (!opened.ok) return opened;
      const connection = (warm = opened.value);
      const warmedUp = await session.query(connection, signal, prepare);
      if (!warmedUp.ok) {
        await connection.close();
        return warmedUp;
      }
      note = warmedUp.value;
      return { ok: true, connection };
    },

    async query(connection, signal, query, ownTimeoutMs = timeoutMs) {
      try {
        return await measure({ timeoutMs: ownTimeoutMs, signal }, () => query(connection));
      } finally {
        idle.restart();
        const closing = connection.isBusy() ? connection.close() : Promise.resolve();
        // An aborted run does not wait for that.
        if (!signal.aborted) await closing;
      }
    },

    alone(work) {
      const mine = before.then(work);
      before = mine.catch(() => undefined);
      return mine;
    },

    note: () => note,

    async close() {
      idle.stop();
      const closing = warm;
      warm = null;
      await closing?.close();
    },
  };
  return session;
}

/** What is asked, unmeasured, of a new connection and of one that was idle. */
function createChecks({ connector, target, warmUp = defaultWarmUp(target) }: SessionOptions) {
  return {
    async prepare(connection: Connection): Promise<string | null> {
      await applySessionSettings(connection);
      await connector.endLeftovers(target, connection);
      return warmUp(connection);
    },
    async lookAgain(connection: Connection): Promise<void> {
      await selectOne(connection);
      await connector.endLeftovers(target, connection);
    },
  };
}

/** How long nothing has been asked; calls `close` when that is too long. */
function createIdleWatch(close: () => void) {
  let usedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  return {
    lastedMs: () => performance.now() - usedAt,
    restart() {
      usedAt = performance.now();
      clearTimeout(timer);
      timer = setTimeout(close, CLOSED_AFTER_MS).unref();
    },
    stop: () => clearTimeout(timer),
  };
}

async function selectOne(connection: Connection): Promise<null> {
  await connection.ask([{ text: 'SELECT 1' }]);
  return null;
}

/** On a read-only target, do not make the probe's table. */
function defaultWarmUp(target: Target): (connection: Connection) => Promise<string | null> {
  if (target.mode !== 'read-write') return selectOne;
  return (connection) => prepareTable(connection, target);
}
