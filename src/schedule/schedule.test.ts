import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSchedule, type Schedule, type ScheduleOptions } from './schedule.js';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2030-01-01T00:00:00.500Z') });
});

afterEach(() => {
  schedule?.stop();
  vi.useRealTimers();
});

let schedule: Schedule | undefined;

function start(options: Partial<ScheduleOptions> = {}) {
  const log = { starts: [] as string[], delaysMs: [] as number[], skips: [] as string[] };
  schedule = createSchedule({
    expression: '30 * * * * *',
    run: () => {
      log.starts.push(new Date().toISOString());
      return Promise.resolve();
    },
    onStart: (delayMs) => log.delaysMs.push(delayMs),
    onSkip: (reason) => log.skips.push(reason),
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  schedule.start();
  return { log, schedule };
}

test('runs at its second of every minute, in UTC', async () => {
  const { log, schedule } = start();
  expect(schedule.nextRun()?.toISOString()).toBe('2030-01-01T00:00:30.000Z');
  expect(schedule.intervalMs()).toBe(60_000);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(log.starts.map((at) => at.slice(11, 19))).toEqual(['00:00:30', '00:01:30']);
  expect(Math.max(...log.delaysMs)).toBeLessThan(1_000);
});

test('skips a tick while the run before it lasts, and says so', async () => {
  const ends: (() => void)[] = [];
  const { log } = start({ run: () => new Promise((resolve) => ends.push(resolve)) });
  await vi.advanceTimersByTimeAsync(150_000);
  expect(log).toMatchObject({ skips: ['overlap', 'overlap'] });
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ends).toHaveLength(2);
});

test('a tick that comes a little late runs, with its delay; a much later one was missed', async () => {
  const { log } = start();
  // The clock moves on and the timers do not: what a blocked event loop looks like.
  vi.setSystemTime(new Date('2030-01-01T00:00:03.500Z'));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(log.starts).toHaveLength(1);
  expect(log.delaysMs[0]).toBeGreaterThanOrEqual(3_000);

  vi.setSystemTime(Date.now() + 10_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.skips).toEqual(['missed']);
  expect(log.starts).toHaveLength(1);
});

test('a run that fails does not end the schedule', async () => {
  const errors: unknown[] = [];
  const { log } = start({
    run: () => Promise.reject(new Error('broken')),
    onError: (error) => errors.push(error),
  });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(errors).toHaveLength(2);
  expect(log.delaysMs).toHaveLength(2);
});

test('nothing runs after the stop', async () => {
  const { log, schedule } = start();
  schedule.stop();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(log.starts).toEqual([]);
  expect(schedule.nextRun()).toBeNull();
});
