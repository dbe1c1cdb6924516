import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { converse, type AskOptions, type Conversation, type Question } from './conversation.js';
import { isFulfilledWithin } from './is-fulfilled-within.js';
import { createHoldings, type Holdings } from './holdings.js';
import type { ProbeSettings, ThreadData } from './protocol.js';
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
  /** Aborts what runs, closes the connections, ends the thread: within about three seconds, whatever it does. */
  stop(): Promise<void>;
}

export interface ProbeThreadOptions {
  /** As of now: asked for at each start. */
  readonly settings: () => ProbeSettings;
  /** Called after each crash, once the next thread has been started. */
  readonly onCrash: (error: Error) => void;
  /** What the thread prints: warnings of Node.js. */
  readonly onOutput?: (text: string) => void;
  /** The thread's compiled entry. */
  readonly workerUrl?: URL;
}

/**
 * Bounds for V8, about four times what the probe holds: without them it keeps garbage for as long as a large
 * machine has room, and a probe that leaks takes the API with it. Beyond them the thread crashes.
 */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 40 };

/** Between two restarts; the first one comes at once. */
const RESTART_INTERVAL_MS = 1_000;

/** How long a stop waits: for a sign of life, for the runs and the connections to end, for the thread. */
const ECHO_TIMEOUT_MS = 1_000;
const CLOSE_TIMEOUT_MS = 2_500;
const TERMINATE_TIMEOUT_MS = 500;
/** For the cancel requests of a thread that cannot send them any more. */
const CANCEL_TIMEOUT_MS = 1_000;

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
  const holdings = createHoldings();
  let life: Life | null = start();

  function start(): Life {
    const data = { ...options.settings(), cutOff: holdings.list() };
    const { onOutput } = options;
    return startLife({ workerUrl, data, holdings, onEnd, ...(onOutput && { onOutput }) });
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
      if (life !== null && (await endInGoodOrder(life))) return;
      await holdings.cancelAll(options.settings().targets, CANCEL_TIMEOUT_MS);
    },
  };
}

/** @returns whether the thread could be asked to close its connections. */
async function endInGoodOrder({ worker, conversation }: Life): Promise<boolean> {
  conversation.abortAll();
  const answers = await isFulfilledWithin(ECHO_TIMEOUT_MS, conversation.ask({ type: 'echo' }));
  if (answers) await isFulfilledWithin(CLOSE_TIMEOUT_MS, conversation.ask({ type: 'close' }));
  await isFulfilledWithin(TERMINATE_TIMEOUT_MS, worker.terminate());
  return answers;
}

function startLife(options: {
  workerUrl: URL;
  data: ThreadData;
  holdings: Holdings;
  onEnd: (error: ProbeCrashError) => void;
  onOutput?: (text: string) => void;
}): Life {
  let cause: unknown;
  const worker = new Worker(options.workerUrl, {
    workerData: options.data,
    name: 'probe',
    resourceLimits: HEAP_LIMITS,
    // The driver reads PGHOST, PGPASSWORD and others wherever a setting is missing.
    env: {},
    stdout: true,
    stderr: true,
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (chunk: Buffer) => options.onOutput?.(chunk.toString()));
  }
  const conversation = converse(worker);
  const crash = (why: Error) => {
    cause ??= why;
    void worker.terminate();
  };
  const watchdog = watch({
    echo: () => conversation.ask({ type: 'echo' }),
    onSilent: (silentS) => crash(new Error(`it was silent for ${silentS} s`)),
  });
  worker.on('message', options.holdings.take);
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
