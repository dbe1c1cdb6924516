/** Between two asks, in milliseconds. */
const ASK_INTERVAL_MS = 1_000;

/** Unanswered asks that end a thread. */
const MAX_UNANSWERED = 3;

/** The same for a thread that has not answered yet: it loads its code, perhaps on a busy machine. */
const MAX_UNANSWERED_AT_START = 30;

export interface Watchdog {
  stop(): void;
}

/**
 * Asks once a second for an echo, and calls `onSilent` once when too many asks in a row have had no answer
 * (3; before the first answer 30), with the seconds of silence.
 *
 * Asks are counted, and not elapsed time: a machine that was suspended, or a main thread that was itself
 * blocked, asks once afterwards and hears the answer.
 */
export function watch(options: {
  /** Rejects when the thread has ended, which is not the watchdog's concern. */
  readonly echo: () => Promise<unknown>;
  readonly onSilent: (silentS: number) => void;
}): Watchdog {
  let unanswered = 0;
  let maxUnanswered = MAX_UNANSWERED_AT_START;

  const ask = () => {
    if (unanswered >= maxUnanswered) {
      clearInterval(timer);
      options.onSilent((unanswered * ASK_INTERVAL_MS) / 1_000);
      return;
    }
    unanswered += 1;
    options.echo().then(
      () => {
        unanswered = 0;
        maxUnanswered = MAX_UNANSWERED;
      },
      () => undefined,
    );
  };
  const timer = setInterval(ask, ASK_INTERVAL_MS);
  ask();
  return { stop: () => clearInterval(timer) };
}
