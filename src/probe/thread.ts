import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { converse, type AskOptions, type Conversation, type Question } from './conversation.js';
import type { ProbeSettings } from './protocol.js';
import { watch } from './watchdog.js';

export class ProbeCrashError extends Error {
  override readonly name = 'ProbeCrashError';
}

export interface ProbeThread {
  /** Resolves once there is a thread to ask: at once, during a restart within about a second. */
  ready(): Promise<void>;
  /**
   * Sends a request and waits for its answer.
   *
   * @throws ProbeCrashError when the thread ends first, or there is none.
   */
  ask<T>(question: Question, options?: AskOptions): Promise<T>;
  /** Ends a thread that cannot be trusted any more, as a crash would. */
  crash(why: Error): void;
  /** Aborts what runs, closes the connections, ends the thread: within three seconds, whatever it does. */
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

/** Between two restarts; the first one comes at once. */
const RESTART_INTERVAL_MS = 1_000;

/** How long the runs may take to end and the connections to close, and then the thread itself. */
const CLOSE_TIMEOUT_MS = 2_500;
const TERMINATE_TIMEOUT_MS = 500;

/** One thread, from its start to its end. */
interface Life {
  readonly worker: Worker;
  readonly conversation: Conversation;
  crash(why: Error): void;
}

/** The probe's thread, started now, and started again whenever it ends by itself or falls silent. */
export function startProbeThread(options: ProbeThreadOptions): ProbeThread {
  const workerUrl = options.workerUrl ?? new URL('./worker.js', import.meta.url);
  let stopping = false;
  let restart: NodeJS.Timeout | undefined;
  let restartedAt = -Infinity;
  let waiting: (() => void)[] = [];
  let life: Life | null = start();

  function start(): Life {
    return startLife({ workerUrl, settings: options.settings(), onEnd });
  }

  function onEnd(error: ProbeCrashError): void {
    life = null;
    if (stopping) return;
    const waitMs = Math.max(0, restartedAt + RESTART_INTERVAL_MS - performance.now());
    restart = setTimeout(() => {
      restartedAt = performance.now();
      life = start();
      wake();
      options.onCrash(error);
    }, waitMs);
  }

  function wake(): void {
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  return {
    ready: () =>
      life !== null || stopping
        ? Promise.resolve()
        : new Promise((resolve) => void waiting.push(resolve)),

    ask: (question, asked) =>
      life?.conversation.ask(question, asked) ??
      Promise.reject(new ProbeCrashError("the probe's thread is not running")),

    crash: (why) => life?.crash(why),

    async stop() {
      stopping = true;
      clearTimeout(restart);
      wake();
      if (life === null) return;
      const { worker, conversation } = life;
      conversation.abortAll();
      const closed = conversation.ask({ type: 'close' }).catch(() => undefined);
      await within(CLOSE_TIMEOUT_MS, closed);
      await within(TERMINATE_TIMEOUT_MS, worker.terminate());
    },
  };
}

function startLife(options: {
  workerUrl: URL;
  settings: ProbeSettings;
  onEnd: (error: ProbeCrashError) => void;
}): Life {
  let cause: unknown;
  const worker = new Worker(options.workerUrl, {
    workerData: options.settings,
    name: 'probe',
    resourceLimits: HEAP_LIMITS,
    // The driver reads PGHOST, PGPASSWORD and others wherever a setting is missing.
    env: {},
  });
  const conversation = converse(worker);
  const crash = (why: Error) => {
    cause ??= why;
    void worker.terminate();
  };
  const watchdog = watch({
    echo: () => conversation.ask({ type: 'echo' }),
    onSilent: (silentS) => crash(new Error(`it was silent for ${silentS} s`)),
  });
  worker.on('error', (error) => (cause ??= error));
  worker.once('messageerror', crash);
  worker.once('exit', (code) => {
    watchdog.stop();
    const error = new ProbeCrashError(`the probe's thread ended with code ${code}`, { cause });
    conversation.end(error);
    options.onEnd(error);
  });
  return { worker, conversation, crash };
}

/** Waits for `work`, but not for longer than this. */
async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const patience = delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([work, patience]);
  timer.abort();
}
