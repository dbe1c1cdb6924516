/** A queue whose items come out in order, each not before its time. */
export interface DelayLine<T> {
  /** Puts an item in; it comes out after `delayMs`, and never before those that went in earlier. */
  push(item: T, delayMs: number): void;
  /** Looks again: to be called when `mayDeliver` has turned true. */
  wake(): void;
  /** Drops what is queued and stops the timer. */
  clear(): void;
}

/**
 * A timer fires up to a millisecond late, and a millisecond counts here: so the timer is set early, and
 * the rest is waited out by turns of the event loop, which go on serving the sockets.
 */
const TIMER_SLACK_MS = 1;

export function createDelayLine<T>(options: {
  deliver: (item: T) => void;
  /** While this says false, items stay queued; after it turns true, call `wake`. */
  mayDeliver: () => boolean;
}): DelayLine<T> {
  const { deliver, mayDeliver } = options;
  const queue: { item: T; dueAt: number }[] = [];
  let lastDueAt = 0;
  let cancelWait: (() => void) | undefined;

  const wait = (remainingMs: number) => {
    if (remainingMs > 1 + TIMER_SLACK_MS) {
      const timer = setTimeout(resume, Math.floor(remainingMs - TIMER_SLACK_MS));
      cancelWait = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(resume);
      cancelWait = () => clearImmediate(immediate);
    }
  };
  const resume = () => {
    cancelWait = undefined;
    deliverDue();
  };
  const deliverDue = () => {
    for (let head = queue[0]; head !== undefined && mayDeliver(); head = queue[0]) {
      const remainingMs = head.dueAt - performance.now();
      if (remainingMs > 0) {
        wait(remainingMs);
        return;
      }
      queue.shift();
      deliver(head.item);
    }
  };
  const wake = () => {
    if (cancelWait === undefined) deliverDue();
  };
  return {
    push(item, delayMs) {
      lastDueAt = Math.max(lastDueAt, performance.now() + delayMs);
      queue.push({ item, dueAt: lastDueAt });
      wake();
    },
    wake,
    clear() {
      queue.length = 0;
      cancelWait?.();
      cancelWait = undefined;
    },
  };
}
