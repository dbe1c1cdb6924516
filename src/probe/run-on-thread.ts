import type { Target } from '../config/target.js';
import type { Failure, Progress, RunResult, Trigger } from './results/result.js';
import { recordRun } from './run-record.js';
import { ProbeCrashError, type ProbeThread } from './thread.js';

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

/**
 * One run on the thread. A scheduled one that the thread's end cuts short has a result all the same: failed,
 * or aborted when the backend stops.
 *
 * @returns null when the thread ended before it took up the run, which the next one can do; on the last
 * attempt that counts as an end under the run.
 * @throws ProbeCrashError when the thread ended under a run on demand.
 */
export async function runOnThread({
  thread,
  target,
  request,
  isStopping,
  isLastAttempt,
}: {
  readonly thread: Pick<ProbeThread, 'ask' | 'crash'>;
  readonly target: Target;
  readonly request: RunRequest;
  readonly isStopping: () => boolean;
  readonly isLastAttempt: boolean;
}): Promise<RunResult | null> {
  const { trigger, iterations, signal, onProgress } = request;
  const record = recordRun(target, request);
  const run = { started: false };
  const take = (progress: Progress) => {
    if (record.add(progress)) onProgress?.(progress);
    else thread.crash(new Error('it sent more samples than a run can have'));
  };
  try {
    return await thread.ask<RunResult>(
      { type: 'run', target: target.name, trigger, iterations },
      { signal, onStarted: () => (run.started = true), onProgress: take },
    );
  } catch (error) {
    if (!(error instanceof ProbeCrashError)) throw error;
    if (!run.started && !isLastAttempt && !isStopping()) return null;
    if (trigger !== 'schedule') throw error;
    if (isStopping()) return record.result('aborted', null);
    const failure: Failure = { ok: false, reason: 'internal', message: error.message };
    record.owed(failure).forEach(take);
    return record.result('failure', failure);
  }
}
