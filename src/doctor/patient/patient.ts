import type { Config } from '../../config/config.js';
import { BUILT_IN_OPERATIONS, type Target } from '../../config/target.js';
import type { Connection } from '../../probe/connection/connection.js';
import { createLoneTarget } from '../../probe/lone-target.js';
import { measure, type Measured } from '../../probe/measure.js';
import type { Failure } from '../../probe/results/result.js';
import { askReadOnly, type Asked } from './ask-read-only.js';
import { readServerFacts, type ServerFacts } from './server-facts.js';
import { createTurns } from './turns.js';

/** Its sessions' application_name begins so. */
export const PROGRAM = 'pglatency/doctor';

/**
 * A database that is looked at: on one connection for questions, and on one beside it at a time. Every question
 * is asked in a transaction that may only read.
 */
export interface Patient {
  /** As it is configured; its deadline is that of each step. */
  readonly target: Target;
  /** Where it comes from; null: from a connection string. */
  readonly config: Config | null;
  readonly signal: AbortSignal;
  /** The connection for questions, or why there is none. @throws the signal's reason; so do the others. */
  open(): Promise<Connection | Failure>;
  ask(text: string, values?: readonly (string | null)[]): Promise<Asked | Failure>;
  /** What most checks need to know; asked once. */
  facts(): Promise<ServerFacts | Failure>;
  /** Does something bounded on a connection beside it, one after the other. */
  beside<T>(work: (interrupted: AbortSignal) => Promise<T>): Promise<Measured<T>>;
  /** Runs `work` while there is no connection for questions. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface PatientOptions {
  readonly target: Target;
  readonly config: Config | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export function createPatient(options: PatientOptions): Patient {
  const { config, timeoutMs, signal } = options;
  const target = { ...options.target, operationTimeoutMs: timeoutMs };
  const lone = createLoneTarget(connectable(target), { program: PROGRAM });
  const [mainTurn, besideTurn] = [createTurns(), createTurns()];
  let opened: Promise<Connection | Failure> | null = null;
  let facts: Promise<ServerFacts | Failure> | null = null;

  const openNow = async (): Promise<Connection | Failure> => {
    const measured = await measure({ timeoutMs, signal }, lone.open);
    return measured.ok ? measured.value : measured;
  };
  const letGo = async () => {
    const connection = await opened?.catch(() => null);
    opened = null;
    if (connection && 'close' in connection) await connection.close();
  };
  /** One that has ended is replaced. */
  const open = async (): Promise<Connection | Failure> => {
    const connection = await (opened ??= openNow());
    if (!('isAlive' in connection) || connection.isAlive()) return connection;
    return (opened = openNow());
  };
  const ask: Patient['ask'] = (text, values = []) =>
    mainTurn(async () => {
      const connection = await open();
      if ('ok' in connection) return { ...connection, message: 'there is no connection' };
      const measured = await measure({ timeoutMs, signal }, () =>
        askReadOnly(connection, { text, values }),
      );
      if (measured.ok) return measured.value;
      if (connection.isBusy()) await letGo();
      return measured;
    });

  return {
    target,
    config,
    signal,
    open: () => mainTurn(open),
    ask,
    facts: () => (facts ??= readServerFacts(ask)),
    beside: (work) => besideTurn(() => measure({ timeoutMs, signal }, work)),
    alone: (work) =>
      mainTurn(async () => {
        await letGo();
        return work();
      }),
    async close() {
      await letGo();
      lone.close();
    },
  };
}

/** Accept any server: the checks judge what it should be. */
export function connectable(target: Target): Target {
  return { ...target, mode: 'read-only', operations: BUILT_IN_OPERATIONS, queries: [] };
}
