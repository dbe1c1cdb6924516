import type { Target } from '../config/target.js';
import type { Connection } from '../probe/connection/connection.js';
import type { Authentication } from '../config/require-auth.js';
import { applySessionSettings } from '../probe/connection/session-settings.js';
import { createLoneTarget } from '../probe/lone-target.js';
import { measure, type Measured } from '../probe/measure.js';
import type { ConnectionFacts, Failure, Sample } from '../probe/results/result.js';
import type { Work } from './work.js';

/** What a new connection told of itself. */
export interface Opened {
  readonly ok: true;
  readonly facts: ConnectionFacts;
  /** tcp + tls + startup, in milliseconds. */
  readonly connectMs: number;
  /** All those of the name, in the order in which they are tried. */
  readonly addresses: readonly string[];
  readonly failedAttempts: readonly Failure[];
  readonly authentication: Authentication;
  /** 170004 for 17.4; null: the server does not say. */
  readonly serverVersion: number | null;
  readonly isPooler: boolean;
}

/** One target, on one connection at a time. */
export interface Pinger {
  readonly target: Target;
  /** Opens the connection and makes it warm. @throws the signal's reason. */
  open(signal: AbortSignal): Promise<Opened | Failure>;
  /** Whether there is a connection to ask on. */
  isOpen(): boolean;
  /** One sample on the warm connection. @throws the signal's reason. */
  sample(signal: AbortSignal): Promise<Sample>;
  /** Ends the connection; what does not answer is cancelled. Never throws. */
  close(): Promise<void>;
}

/** `target`: its deadline is that of the connection and of each sample. */
export function createPinger(target: Target, work: Work): Pinger {
  const lone = createLoneTarget(target, { program: 'pglatency/ping' });
  let connection: Connection | null = null;

  const bounded = <T>(signal: AbortSignal, what: (interrupted: AbortSignal) => Promise<T>) =>
    measure({ timeoutMs: target.operationTimeoutMs, signal }, what);
  const letGo = async () => {
    const closing = connection;
    connection = null;
    await closing?.close();
  };
  /** On the connection; one that is left with a question open cannot be asked again. */
  const ask = async <T>(
    it: Connection,
    signal: AbortSignal,
    what: (it: Connection) => Promise<T>,
  ): Promise<Measured<T>> => {
    const measured = await bounded(signal, () => what(it));
    if (!measured.ok && it.isBusy()) await letGo();
    return measured;
  };

  return {
    target,
    async open(signal) {
      const opened = await bounded(signal, lone.open);
      if (!opened.ok) return opened;
      const it = (connection = opened.value);
      const prepared = await ask(it, signal, async () => {
        await applySessionSettings(it);
        await work.begin(it);
      });
      if (prepared.ok) return { ok: true, ...whatItTold(it), addresses: lone.addresses() };
      await letGo();
      return prepared;
    },

    isOpen: () => connection?.isAlive() === true,

    async sample(signal) {
      if (connection === null) return { ok: false, reason: 'terminated', message: 'no connection' };
      const measured = await ask(connection, signal, (it) => work.sample(it));
      return measured.ok ? { ok: true, durationMs: measured.value } : measured;
    },

    async close() {
      const open = connection;
      if (open?.isAlive() === true && !open.isBusy()) await work.end(open).catch(() => undefined);
      await letGo();
      lone.close();
    },
  };
}

function whatItTold(it: Connection) {
  const { facts, connectMs, failedAttempts, authentication, serverVersion, isPooler } = it;
  return { facts, connectMs, failedAttempts, authentication, serverVersion, isPooler };
}
