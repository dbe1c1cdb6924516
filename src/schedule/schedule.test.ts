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
  const log = {
    starts: [] as string[],
    untilNextMs: [] as number[],
    delaysMs: [] as number[],
    missed: 0,
  };
  schedule = createSchedule({
    expression: '30 * * * * *',
    tick: (_plannedAt, untilNextMs) => {
      log.starts.push(new Date().toISOString());
      log.untilNextMs.push(untilNextMs);
    },
    onStart: (delayMs) => log.delaysMs.push(delayMs),
    onMissed: () => log.missed++,
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

test('a tick knows how long it is until the next one, be they uneven', async () => {
  const { log } = start({ expression: '10,15 * * * * *' });
  await vi.advanceTimersByTimeAsync(75_000);
  const seconds = log.untilNextMs.map((ms) => Math.round(ms / 1_000));
  expect(seconds).toEqual([5, 55, 5, 55]);
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
  expect(log.missed).toBe(1);
  expect(log.starts).toHaveLength(1);
});

test('a run that fails does not end the schedule', async () => {
  const errors: unknown[] = [];
  const { log } = start({
    tick: () => {
      throw new Error('broken');
    },
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
