import type pg from 'pg';
import type { Target } from '../target.js';
import { openConnection, type Connection } from './connection.js';
import { measure, type Measured } from './measure.js';
import type { Failure } from './result.js';
import { ensureSchema } from './schema.js';

export type Acquired = { readonly ok: true; readonly connection: Connection } | Failure;

/** One warm connection to a target, opened when it is needed and replaced when it has died. */
export interface Session {
  /** The connection, or why there is none. A new one is warmed up by an unmeasured query first. */
  acquire(signal: AbortSignal): Promise<Acquired>;
  /**
   * Runs a query, measured. A connection that dies or does not answer in time is destroyed.
   * `timeoutMs`: the target's, when it is not given.
   */
  query<T>(
    connection: Connection,
    signal: AbortSignal,
    query: (client: Connection['client']) => Promise<T>,
    timeoutMs?: number,
  ): Promise<Measured<T>>;
  close(): Promise<void>;
}

/** `warmUp`: the unmeasured query on each new connection. */
export function createSession(
  target: Target,
  applicationName: string,
  warmUp = defaultWarmUp(target),
): Session {
  const { operationTimeoutMs: timeoutMs } = target;
  let warm: Connection | null = null;

  const session: Session = {
    async acquire(signal) {
      if (warm?.isAlive() === true) return { ok: true, connection: warm };
      const opened = await measure({ timeoutMs, signal }, (interrupted) =>
        openConnection(target, applicationName, interrupted),
      );
      if (!opened.ok) return opened;
      const connection = (warm = opened.value);
      const warmedUp = await session.query(connection, signal, warmUp);
      if (warmedUp.ok) return { ok: true, connection };
      connection.destroy();
      return warmedUp;
    },

    async query(connection, signal, query, ownTimeoutMs = timeoutMs) {
      const measured = await measure({ timeoutMs: ownTimeoutMs, signal }, (interrupted) => {
        // A late answer would otherwise be taken for the next query's.
        interrupted.addEventListener('abort', () => connection.destroy(), { once: true });
        return query(connection.client);
      });
      // The server has said goodbye, but the socket may close only later.
      if (!measured.ok && measured.reason === 'terminated') connection.destroy();
      return measured;
    },

    async close() {
      await warm?.close();
      warm = null;
    },
  };
  return session;
}

/** A read-only target is not to have the probe's table made. */
function defaultWarmUp({ mode }: Target): (client: pg.ClientBase) => Promise<unknown> {
  return mode === 'read-write' ? ensureSchema : (client) => client.query('SELECT 1');
}
