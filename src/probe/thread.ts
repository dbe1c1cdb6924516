import { Worker } from 'node:worker_threads';
import type { ProbeAnswer, ProbeRequest, ProbeSettings } from './protocol.js';
import type { Progress } from './result.js';

export class ProbeCrashError extends Error {
  override readonly name = 'ProbeCrashError';
}

/** A request without its id; the union is kept, which plain Omit would lose. */
type Question = ProbeRequest extends infer R
  ? R extends { id: number }
    ? Omit<R, 'id'>
    : never
  : never;

export interface ProbeThread {
  /**
   * Sends a request and waits for its answer. The signal asks the probe to abort it; the answer still
   * comes.
   *
   * @throws ProbeCrashError when the thread ends first.
   */
  ask<T>(
    question: Question,
    options?: {
      signal?: AbortSignal | undefined;
      onProgress?: ((p: Progress) => void) | undefined;
    },
  ): Promise<T>;
  /** Aborts what runs, closes the connections, ends the thread. */
  stop(): Promise<void>;
}

export interface ProbeThreadOptions {
  /** As of now: asked for at each start. */
  readonly settings: () => ProbeSettings;
  /** Called after each crash, once the next thread has been started. */
  readonly onCrash: (error: Error) => void;
  /** The thread's compiled entry. */
  readonly workerUrl?: URL;
}

/**
 * Bounds for V8, many times what the probe holds: without them it keeps garbage for as long as a large
 * machine has room, and a probe that leaks takes the API with it. Beyond them the thread crashes.
 */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

/** A thread that crashes at its start is restarted at most this often, in milliseconds. */
const RESTART_INTERVAL_MS = 1_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** The probe's thread, started now and started again whenever it ends by itself. */
export function startProbeThread(options: ProbeThreadOptions): ProbeThread {
  const workerUrl = options.workerUrl ?? new URL('./worker.js', import.meta.url);
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let stopping = false;
  let restart: NodeJS.Timeout | undefined;
  let worker: Worker | null = start();

  function start(): Worker {
    const startedAt = Date.now();
    let cause: unknown;
    const thread = new Worker(workerUrl, {
      workerData: options.settings(),
      name: 'probe',
      resourceLimits: HEAP_LIMITS,
    });
    thread.on('message', (answer: ProbeAnswer) => settle(pending, answer));
    thread.on('error', (error) => (cause = error));
    thread.once('exit', (code) => {
      worker = null;
      const crash = new ProbeCrashError(`the probe's thread ended with code ${code}`, { cause });
      for (const { reject } of pending.values()) reject(crash);
      pending.clear();
      if (stopping) return;
      const waitMs = Math.max(0, startedAt + RESTART_INTERVAL_MS - Date.now());
      restart = setTimeout(() => {
        worker = start();
        options.onCrash(crash);
      }, waitMs);
    });
    return thread;
  }

  const thread: ProbeThread = {
    ask<T>(question: Question, { signal, onProgress }: Parameters<ProbeThread['ask']>[1] = {}) {
      const asked = worker;
      if (asked === null) return Promise.reject(new ProbeCrashError('the probe is restarting'));
      const id = ++lastId;
      const abort = () => asked.postMessage({ type: 'abort', id } satisfies ProbeRequest);
      const answered = new Promise<unknown>((resolve, reject) => {
        pending.set(id, { resolve, reject, onProgress });
        asked.postMessage({ ...question, id });
      });
      if (signal?.aborted === true) abort();
      signal?.addEventListener('abort', abort, { once: true });
      return answered.finally(() => signal?.removeEventListener('abort', abort)) as Promise<T>;
    },

    async stop() {
      stopping = true;
      clearTimeout(restart);
      for (const id of pending.keys()) {
        worker?.postMessage({ type: 'abort', id } satisfies ProbeRequest);
      }
      await thread.ask({ type: 'close' }).catch(() => undefined);
      await worker?.terminate();
    },
  };
  return thread;
}

function settle(pending: Map<number, Pending>, answer: ProbeAnswer): void {
  const request = pending.get(answer.id);
  if (answer.type === 'progress') {
    request?.onProgress?.(answer.progress);
    return;
  }
  pending.delete(answer.id);
  request?.resolve(answer.value);
}
