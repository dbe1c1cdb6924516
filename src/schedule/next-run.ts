import cron from 'node-cron';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Every date of the calendar comes again on every weekday that it can have within 40 years (1896 to 1936). */
const MAX_DAYS = 40 * 366;

/** The first planned time after `afterMs`; both are Unix times in milliseconds. */
export type NextRun = (afterMs: number) => number;

/**
 * When a cron expression comes next after any moment since the year 1, in UTC. node-cron reads the
 * expression and says which days match; its own search for the next run starts from the system's clock
 * only. The result throws when the expression never comes at all, such as the 30th day before the last of
 * February (`0 0 L-30 2 *`), which node-cron calls valid.
 *
 * @throws what node-cron throws when the expression is not valid.
 */
export function createNextRun(expression: string): NextRun {
  const fields = cron.parse(expression);
  const task = cron.createTask(expression, () => undefined, { timezone: 'UTC' });
  const [hours, minutes, seconds] = [fields.hour, fields.minute, fields.second].map(ascending) as [
    number[],
    number[],
    number[],
  ];

  /** Milliseconds since midnight. */
  const firstTimeAfter = (afterMs: number): number | null => {
    for (const hour of hours) {
      if ((hour + 1) * HOUR_MS <= afterMs) continue;
      for (const minute of minutes) {
        const minuteMs = hour * HOUR_MS + minute * MINUTE_MS;
        if (minuteMs + MINUTE_MS <= afterMs) continue;
        const second = seconds.find((it) => minuteMs + it * SECOND_MS > afterMs);
        if (second !== undefined) return minuteMs + second * SECOND_MS;
      }
    }
    return null;
  };
  const earliestMs = firstTimeAfter(-1) ?? 0;
  const isDayOfPlan = (dayMs: number) =>
    fields.month.includes(new Date(dayMs).getUTCMonth() + 1) &&
    task.match(new Date(dayMs + earliestMs));

  return (afterMs) => {
    const todayMs = Math.floor(afterMs / DAY_MS) * DAY_MS;
    const laterTodayMs = firstTimeAfter(afterMs - todayMs);
    if (laterTodayMs !== null && isDayOfPlan(todayMs)) return todayMs + laterTodayMs;
    for (let day = 1; day <= MAX_DAYS; day++) {
      const dayMs = todayMs + day * DAY_MS;
      if (isDayOfPlan(dayMs)) return dayMs + earliestMs;
    }
    throw new Error(`the schedule "${expression}" never comes`);
  };
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
