import type { Target } from '../config/target.js';
import { toFailure } from './results/failure.js';
import { isFulfilledWithin } from './is-fulfilled-within.js';
import { createPasswordDesk, type PasswordDesk } from './password-desk.js';
import type { ProbeSettings } from './protocol.js';
import { samplesByOperation, type RunResult, type Sample } from './results/result.js';
import { runOnThread, type RunRequest } from './run-on-thread.js';
import {
  ProbeCrashError,
  startProbeThread,
  type ProbeThread,
  type ProbeThreadOptions,
} from './thread.js';

export type { RunRequest };

/** The main thread's handle on the probe. */
export interface Prober {
  /**
   * A scheduled run whose thread ends under it is a failed one: its result holds the samples that are known,
   * and a failure with reason `internal` of each operation that has none. A run that the thread has not taken
   * up goes to the next thread.
   *
   * @throws BusyError when a run of this target and trigger is under way; ProbeCrashError when the thread ended
   * under a run on demand.
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
  /** Aborts what runs, closes the connections, ends the thread: within about three seconds. */
  stop(): Promise<void>;
}

export class BusyError extends Error {
  override readonly name = 'BusyError';
}

export interface ProberOptions extends Omit<ProbeThreadOptions, 'settings'> {
  readonly settings: ProbeSettings;
}

/** Of a run, on threads that end before they take it up. */
const MAX_ATTEMPTS = 3;

export function createProber(options: ProberOptions): Prober {
  let settings = options.settings;
  let stopping = false;
  const thread = startProbeThread({ ...options, settings: () => settings });
  const desk = createPasswordDesk(thread, () => settings.targets);
  const running = new Set<string>();
  const checks = new Map<string, Promise<Sample>>();

  /** Waits for a thread that takes requests. @throws when a reload removed the target meanwhile. */
  const targetOnceReady = async (name: string): Promise<Target> => {
    await thread.ready();
    const target = settings.targets.find((candidate) => candidate.name === name);
    if (target === undefined) throw new Error(`the target ${name} has been removed`);
    return target;
  };

  return {
    async run(request) {
      const key = `${request.target} ${request.trigger}`;
      if (running.has(key)) throw new BusyError('a run is under way already');
      running.add(key);
      try {
        for (let attempt = 1; ; attempt++) {
          const target = await targetOnceReady(request.target);
          await desk.give(target).catch(ignoreCrash);
          const isLastAttempt = attempt === MAX_ATTEMPTS;
          const isStopping = () => stopping;
          const result = await runOnThread({ thread, target, request, isStopping, isLastAttempt });
          if (result === null) continue;
          desk.judge(
            target,
            samplesByOperation(result.samples).flatMap(([, of]) => of),
          );
          return result;
        }
      } finally {
        running.delete(key);
      }
    },

    check(target) {
      const underWay = checks.get(target);
      if (underWay !== undefined) return underWay;
      const check = targetOnceReady(target)
        .then((configured) => checkOnce(configured, thread, desk))
        .catch(toFailure)
        .finally(() => checks.delete(target));
      checks.set(target, check);
      return check;
    },

    replaceTargets(targets) {
      settings = { ...settings, targets };
      // A thread that has crashed gets them when it starts again.
      thread.ask({ type: 'targets', targets }).catch(ignoreCrash);
    },

    isResponsive: (withinMs) => isFulfilledWithin(withinMs, thread.ask({ type: 'echo' })),

    stop() {
      stopping = true;
      desk.stop();
      return thread.stop();
    },
  };
}

async function checkOnce(
  target: Target,
  thread: Pick<ProbeThread, 'ask'>,
  desk: PasswordDesk,
): Promise<Sample> {
  await desk.give(target);
  const sample = await thread.ask<Sample>({ type: 'check', target: target.name });
  desk.judge(target, [sample]);
  return sample;
}

function ignoreCrash(error: unknown): void {
  if (!(error instanceof ProbeCrashError)) throw error;
}
