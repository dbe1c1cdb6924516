import type { OwnQuery, Target } from '../config/target.js';
import type { Connector } from './connection/connector.js';
import type { Housekeeping } from './housekeeping.js';
import type { ReplicaSource } from './replica.js';
import type { Progress, Trigger } from './results/result.js';
import type { Session } from './session.js';

/** What one run of one target needs. */
export interface RunOptions {
  readonly connector: Connector;
  readonly target: Target;
  readonly session: Session;
  /** The target's own queries that are due in this run. */
  readonly queries: readonly OwnQuery[];
  /** The own queries' session; none is opened when no query is due. */
  readonly querySession: Session;
  /** Of a read-only target: where its rows come from; null: its visibility delay is not measured. */
  readonly source: ReplicaSource | null;
  readonly housekeeping: Housekeeping;
  /** The database may be asleep: an unmeasured connection goes first. */
  readonly mayBeAsleep: boolean;
  readonly region: string;
  readonly trigger: Trigger;
  /** Rounds of ping, select, insert and the own queries. */
  readonly iterations: number;
  readonly retentionMs: number;
  readonly signal: AbortSignal;
  onProgress?(progress: Progress): void;
}
