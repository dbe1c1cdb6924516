import type { Worker } from 'node:worker_threads';
import type { ProbeRequest, ThreadMessage } from './protocol.js';
import type { Progress } from './results/result.js';

/** A request without its id; the union is kept, which plain Omit would lose. */
export type Question = ProbeRequest extends infer R
  ? R extends { id: number }
    ? Omit<R, 'id'>
    : never
  : never;

export interface AskOptions {
  /** Asks the probe to abort the request; the answer still comes. */
  readonly signal?: AbortSignal | undefined;
  /** The thread has taken up the run. */
  readonly onStarted?: (() => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * The requests to one thread. A thread that has ended answers no more; the next thread has a conversation of
 * its own.
 */
export interface Conversation {
  /** Sends a request and waits for its answer. @throws what `end` is given, when the thread ends first. */
  ask<T>(question: Question, options?: AskOptions): Promise<T>;
  /** Asks the probe to abort everything. */
  abortAll(): void;
  /** The thread has ended: nobody waits any more, and messages that it sent before are ignored. */
  end(error: Error): void;
}

interface Pending extends Pick<AskOptions, 'onStarted' | 'onProgress'> {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export function converse(worker: Worker): Conversation {
  const pending = new Map<number, Pending>();
  let lastId = 0;

  const post = (request: ProbeRequest) => worker.postMessage(request);
  const abort = (id: number) => post({ type: 'abort', id });

  worker.on('message', (message: ThreadMessage) => {
    switch (message.type) {
      case 'started':
        pending.get(message.id)?.onStarted?.();
        break;
      case 'progress':
        pending.get(message.id)?.onProgress?.(message.progress);
        break;
      case 'done':
        pending.get(message.id)?.resolve(message.value);
        pending.delete(message.id);
        break;
      case 'held':
      case 'released':
      // holdings.ts keeps these.
    }
  });

  return {
    ask<T>(question: Question, { signal, onStarted, onProgress }: AskOptions = {}) {
      const id = ++lastId;
      const onAbort = () => abort(id);
      const answered = new Promise<unknown>((resolve, reject) => {
        pending.set(id, { resolve, reject, onStarted, onProgress });
        post({ ...question, id });
      });
      if (signal?.aborted === true) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      return answered.finally(() => signal?.removeEventListener('abort', onAbort)) as Promise<T>;
    },
    abortAll() {
      for (const id of pending.keys()) abort(id);
    },
    end(error) {
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    },
  };
}
