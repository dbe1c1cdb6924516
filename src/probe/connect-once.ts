import type { Target } from '../config/target.js';
import type { Connector } from './connection/connector.js';
import { measure } from './measure.js';
import type { ConnectionFacts, Failure, Sample, Trigger } from './results/result.js';

export interface ConnectOptions {
  readonly connector: Connector;
  readonly target: Target;
  readonly trigger: Trigger;
  readonly signal: AbortSignal;
}

export interface Connected {
  readonly sample: Sample;
  /** null: it failed. */
  readonly facts: ConnectionFacts | null;
  readonly failedAttempts: readonly Failure[];
  readonly isPooler: boolean;
}

/** A connection of its own, from socket to ReadyForQuery; closing it is not measured. */
export async function connectOnce(options: ConnectOptions): Promise<Connected> {
  const { connector, target, trigger, signal } = options;
  const opened = await measure({ timeoutMs: target.operationTimeoutMs, signal }, (interrupted) =>
    connector.open(target, trigger, interrupted),
  );
  if (!opened.ok) {
    return { sample: opened, facts: null, failedAttempts: [], isPooler: target.pooler };
  }
  const { facts, connectMs, failedAttempts, isPooler, close } = opened.value;
  await close();
  return { sample: { ok: true, durationMs: connectMs }, facts, failedAttempts, isPooler };
}
