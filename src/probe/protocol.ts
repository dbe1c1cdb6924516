import type { Config } from '../config/config.js';
import type { Target } from '../config/target.js';
import type { ConnectionNote, HeldConnection } from './connection/held.js';
import type { PasswordsByTarget } from './passwords.js';
import type { Progress, RunResult, Sample, Trigger } from './results/result.js';

/** What the probe's thread needs to know; given to it when it starts, the targets again when they change. */
export interface ProbeSettings {
  readonly region: string;
  readonly targets: readonly Target[];
  readonly retentionMs: number;
}

/** What a thread begins with. */
export interface ThreadData extends ProbeSettings {
  /** What the threads before it have left on the servers. */
  readonly cutOff: readonly HeldConnection[];
}

export function probeSettings(config: Config): ProbeSettings {
  return {
    region: config.region.code,
    targets: config.targets,
    retentionMs: config.retentionMs,
  };
}

/** Main thread → probe. `id` ties an answer to its request. */
export type ProbeRequest =
  | {
      readonly type: 'run';
      readonly id: number;
      readonly target: string;
      readonly trigger: Trigger;
      readonly iterations: number;
    }
  | { readonly type: 'check'; readonly id: number; readonly target: string }
  /** For the runs that are asked for from now on. */
  | { readonly type: 'targets'; readonly id: number; readonly targets: readonly Target[] }
  /** What password commands have given. */
  | { readonly type: 'passwords'; readonly id: number; readonly passwords: PasswordsByTarget }
  | { readonly type: 'echo'; readonly id: number }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'close'; readonly id: number };

/**
 * Probe → main thread. Each request but `abort` is answered once. Before that a run sends every sample as
 * progress, when it is known: they are counted then, and stay known when the thread ends.
 */
export type ProbeAnswer =
  /** The thread has taken up the run. If the thread ends from here on, the run has failed. */
  | { readonly type: 'started'; readonly id: number }
  | { readonly type: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly type: 'done'; readonly id: number; readonly value: RunResult | Sample | null };

/** All that the thread sends. */
export type ThreadMessage = ProbeAnswer | ConnectionNote;
