import type { Target } from '../target.js';
import { toFailure } from './failure.js';
import type { ProbeSettings } from './protocol.js';
import type { Progress, RunResult, Sample, Trigger } from './result.js';
import { ProbeCrashError, startProbeThread, type ProbeThreadOptions } from './thread.js';

export interface RunRequest {
  readonly target: string;
  readonly trigger: Trigger;
  /** Rounds, 1 to 100. */
  readonly iterations: number;
  /** Ends the run early; its result then says `aborted`. */
  readonly signal?: AbortSignal;
  /** Called with each sample when it is known. */
  readonly onProgress?: (progress: Progress) => void;
}

/** The main thread's handle on the probe. */
export interface Prober {
  /**
   * @throws BusyError when a run of this target and trigger is under way;
   * ProbeCrashError when the thread ended under it.
   */
  run(request: RunRequest): Promise<RunResult>;
  /** Can a new connection be opened? Callers that ask at the same time share one answer. */
  check(target: string): Promise<Sample>;
  /**
   * For the runs that are asked for from now on; those that are under way end as they began. The
   * connections to unchanged targets stay open.
   */
  replaceTargets(targets: readonly Target[]): void;
  /** Does the probe's thread answer within `withinMs` milliseconds? */
  isResponsive(withinMs: number): Promise<boolean>;
  /** Aborts what runs, closes the connections, ends the thread. */
  stop(): Promise<void>;
}

export class BusyError extends Error {
  override readonly name = 'BusyError';
}

export interface ProberOptions extends Omit<ProbeThreadOptions, 'settings'> {
  readonly settings: ProbeSettings;
}

export function createProber(options: ProberOptions): Prober {
  let settings = options.settings;
  const thread = startProbeThread({ ...options, settings: () => settings });
  const running = new Set<string>();
  const checks = new Map<string, Promise<Sample>>();

  return {
    async run({ target, trigger, iterations, signal, onProgress }) {
      const key = `${target} ${trigger}`;
      if (running.has(key)) throw new BusyError('a run is under way already');
      running.add(key);
      try {
        return await thread.ask<RunResult>(
          { type: 'run', target, trigger, iterations },
          { signal, onProgress },
        );
      } finally {
        running.delete(key);
      }
    },

    check(target) {
      const underWay = checks.get(target);
      if (underWay !== undefined) return underWay;
      const check = thread
        .ask<Sample>({ type: 'check', target })
        .catch(toFailure)
        .finally(() => checks.delete(target));
      checks.set(target, check);
      return check;
    },

    replaceTargets(targets) {
      settings = { ...settings, targets };
      thread.ask({ type: 'targets', targets }).catch((error: unknown) => {
        // A thread that has crashed gets them when it starts again.
        if (!(error instanceof ProbeCrashError)) throw error;
      });
    },

    async isResponsive(withinMs) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), withinMs);
      });
      const echo = thread.ask({ type: 'echo' }).then(
        () => true,
        () => false,
      );
      return Promise.race([echo, patience]).finally(() => clearTimeout(timer));
    },

    stop: () => thread.stop(),
  };
}
