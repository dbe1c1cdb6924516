import cron, { type TaskContext } from 'node-cron';

export interface Schedule {
  /** The six-field expression that is followed, UTC. */
  readonly expression: string;
  /** Milliseconds between the next two planned runs; an uneven expression has more than one answer. */
  intervalMs(): number;
  /** The next planned start; null before the start and after the stop. */
  nextRun(): Date | null;
  start(): void;
  /** No tick comes after this. The runs that are under way are their owner's to end. */
  stop(): void;
}

export interface ScheduleOptions {
  /** Six cron fields, seconds first; UTC. */
  readonly expression: string;
  /** Starts what is due. The next tick comes in `untilNextMs` milliseconds. */
  readonly tick: (plannedAt: Date, untilNextMs: number) => void;
  /** A tick comes, `delayMs` behind its plan. */
  readonly onStart: (delayMs: number) => void;
  readonly onMissed: (plannedAt: Date) => void;
  /** A tick threw, which is a bug. */
  readonly onError: (error: unknown) => void;
}

/** A tick that is later than this, or later than the next one, is missed and not run. */
const MAX_LATENESS_MS = 5_000;

/** node-cron does the ticking. Nothing runs before `start`. */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { expression } = options;
  const task = cron.createTask(
    expression,
    ({ date }: TaskContext) => {
      const now = Date.now();
      options.onStart(Math.max(0, now - date.getTime()));
      const [next] = task.getNextRuns(1);
      options.tick(date, next === undefined ? 0 : next.getTime() - now);
    },
    {
      timezone: 'UTC',
      missedExecutionTolerance: MAX_LATENESS_MS,
      logger: errorsOnly(options.onError),
    },
  );
  task.on('execution:missed', ({ date }) => options.onMissed(date));

  return {
    expression,
    intervalMs() {
      const [first, second] = task.getNextRuns(2);
      return first && second ? second.getTime() - first.getTime() : 0;
    },
    nextRun: () => task.getNextRun(),
    start: () => void task.start(),
    stop: () => void task.stop(),
  };
}

/** Missed ticks come as events; node-cron would print them as well. */
function errorsOnly(onError: (error: unknown) => void) {
  const ignore = () => undefined;
  return { info: ignore, warn: ignore, debug: ignore, error: onError };
}
