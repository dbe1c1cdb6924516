import { afterEach, expect, test } from 'vitest';
import { createFakeClock } from '../../test/helpers/fake-clock.js';
import { createSchedule, type ClockStep, type Schedule, type ScheduleOptions } from './schedule.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let schedule: Schedule | undefined;

afterEach(() => {
  schedule?.stop();
});

function start(options: Partial<ScheduleOptions> = {}, from = '2030-01-01T00:00:00.500Z') {
  const clock = createFakeClock(from);
  const log = {
    /** When it ran by the wall clock, and for which planned time. */
    starts: [] as string[],
    planned: [] as string[],
    atMs: [] as number[],
    untilNextMs: [] as number[],
    delaysMs: [] as number[],
    plans: [] as string[],
    missed: [] as string[],
    steps: [] as ClockStep[],
  };
  const created = createSchedule({
    expression: '30 * * * * *',
    tick: (plannedAt, untilNextMs) => {
      log.starts.push(new Date(clock.wallMs()).toISOString());
      log.planned.push(plannedAt.toISOString());
      log.atMs.push(clock.monotonicMs());
      log.untilNextMs.push(untilNextMs);
    },
    onPlan: (nextRun) => log.plans.push(nextRun.toISOString()),
    onStart: (_plannedAt, delayMs) => log.delaysMs.push(delayMs),
    onMissed: (plannedAt) => log.missed.push(plannedAt.toISOString()),
    onStep: (step) => log.steps.push(step),
    onError: (error) => {
      throw error;
    },
    clock,
    ...options,
  });
  schedule = created;
  created.start();
  return { log, clock, schedule: created };
}

const timesOf = (starts: string[]) => starts.map((at) => at.slice(-13, -5));

test('runs at its second of every minute, in UTC', () => {
  const { log, clock, schedule } = start();
  expect(schedule.nextRun()?.toISOString()).toBe('2030-01-01T00:00:30.000Z');
  expect(schedule.intervalMs()).toBe(60_000);
  clock.advance(2 * MINUTE);
  expect(timesOf(log.starts)).toEqual(['00:00:30', '00:01:30']);
  expect(Math.max(...log.delaysMs)).toBeLessThan(2);
  expect(timesOf(log.plans)).toEqual(['00:00:30', '00:01:30', '00:02:30']);
  expect(log.steps).toEqual([]);
});

test('a tick knows how long it is until the next one, be they uneven', () => {
  const { log, clock } = start({ expression: '10,15 * * * * *' });
  clock.advance(75 * SECOND);
  const seconds = log.untilNextMs.map((ms) => Math.round(ms / SECOND));
  expect(seconds).toEqual([5, 55, 5, 55]);
});

test('a tick that comes a little late runs, with its delay', () => {
  const { log, clock } = start();
  clock.advance(29 * SECOND);
  clock.block(3_500);
  clock.advance(0);
  expect(log.delaysMs).toEqual([3_000]);
  clock.advance(MINUTE);
  expect(timesOf(log.starts)).toEqual(['00:00:33', '00:01:30']);
  expect(log.missed).toEqual([]);
});

test.each([
  ['10 s', 10 * SECOND],
  ['three days', 3 * DAY],
])('an event loop blocked for %s misses one tick, whatever was planned meanwhile', (_, ms) => {
  const { log, clock, schedule } = start();
  clock.advance(29 * SECOND);
  clock.block(ms);
  clock.advance(0);
  expect(log.missed).toEqual(['2030-01-01T00:00:30.000Z']);
  expect(log.starts).toEqual([]);
  expect(schedule.nextRun()?.getTime()).toBeGreaterThan(clock.wallMs());
  clock.advance(MINUTE);
  expect(log.starts).toHaveLength(1);
  expect(log.steps).toEqual([]);
});

test('a tick that is later than the next one is missed, however quick the schedule', () => {
  const { log, clock } = start({ expression: '* * * * * *' });
  clock.block(2_600);
  clock.advance(0);
  expect(timesOf(log.missed)).toEqual(['00:00:01']);
  clock.advance(SECOND);
  expect(timesOf(log.starts)).toEqual(['00:00:04']);
});

test.each([
  ['an hour back', -HOUR],
  ['an hour forward', HOUR],
  ['a year forward', 365 * DAY],
  ['ten seconds back', -10 * SECOND],
  ['to the year 1970', Date.parse('1970-01-01T00:00:20Z') - Date.parse('2030-01-01T00:01:40.500Z')],
  ['past 2^31 seconds', 2 ** 31 * SECOND - Date.parse('2030-01-01T00:01:40.500Z') - 5 * SECOND],
  [
    'to the end of the year 9999',
    Date.parse('9999-12-31T23:59:50Z') - Date.parse('2030-01-01T00:01:40.500Z'),
  ],
])('a clock set %s is one step, and costs at most one run', (_, stepMs) => {
  const { log, clock, schedule } = start();
  clock.advance(100 * SECOND);
  expect(log.starts).toHaveLength(2);
  const former = schedule.nextRun();
  clock.step(stepMs);
  // True at once, also before a wake-up has noticed.
  const next = schedule.nextRun();
  expect(next?.getTime()).toBeGreaterThan(clock.wallMs());
  expect(next?.getTime()).toBeLessThanOrEqual(clock.wallMs() + MINUTE);
  expect(log.steps).toEqual([]);
  clock.advance(SECOND);
  expect(log.steps).toEqual([{ stepMs, formerRun: former, nextRun: next }]);
  expect(log.plans.at(-1)).toBe(next?.toISOString());
  clock.advance(10 * MINUTE);
  expect(log.steps).toHaveLength(1);
  expect(log.missed).toEqual([]);
  expect(log.starts.length).toBeGreaterThanOrEqual(2 + 10 - 1);
  expect(new Set(timesOf(log.starts).map((at) => at.slice(6)))).toEqual(new Set(['30']));
  const gaps = log.atMs.slice(1).map((at, i) => at - Number(log.atMs[i]));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * MINUTE);
});

test('a clock set back by less than an interval runs nothing twice for one planned time', () => {
  for (const [back, elapsed] of [
    [2, 1],
    [59, 20],
    [59, 58],
    [1, 0.5],
  ] as const) {
    const { log, clock, schedule } = start();
    clock.advance(29.5 * SECOND + elapsed * SECOND);
    clock.step(-back * SECOND);
    clock.advance(3 * MINUTE);
    expect(log.steps, `${back} s back`).toHaveLength(1);
    expect(new Set(log.planned).size, `${back} s back`).toBe(log.planned.length);
    expect(log.planned.length).toBeGreaterThanOrEqual(3);
    schedule.stop();
  }
});

test('a clock set back by more than an interval runs the latest planned time again, to lose none', () => {
  const { log, clock } = start();
  clock.advance(29.5 * SECOND + 50 * SECOND);
  clock.step(-70 * SECOND);
  clock.advance(MINUTE);
  expect(timesOf(log.planned)).toEqual(['00:00:30', '00:00:30']);
  expect(Number(log.atMs[1]) - Number(log.atMs[0])).toBeLessThanOrEqual(70 * SECOND + 2);
});

test('a clock set while the event loop is blocked is a step, and no slewing', () => {
  const { log, clock } = start({ expression: '0 0 * * * *' });
  clock.advance(10 * SECOND);
  clock.block(30 * SECOND);
  clock.step(-2 * SECOND);
  clock.advance(SECOND);
  expect(log.steps.map(({ stepMs }) => stepMs)).toEqual([-2 * SECOND]);
});

test('a clock set back in the second before a run costs that run at most', () => {
  const { log, clock } = start({ expression: '0 0 * * * *' }, '2030-01-01T11:59:00.000Z');
  clock.advance(MINUTE - 500);
  clock.step(-30 * SECOND);
  clock.advance(HOUR);
  expect(timesOf(log.starts)).toEqual(['12:00:00']);
});

test('a clock that NTP slews is followed without a word', () => {
  const { log, clock } = start();
  for (let tenths = 0; tenths < 6_000; tenths++) {
    clock.advance(100);
    clock.step(tenths < 3_000 ? 8.3 : -8.3);
  }
  expect(log.steps).toEqual([]);
  expect(log.planned).toHaveLength(10);
  log.starts.forEach((at, i) => {
    expect(Math.abs(Date.parse(at) - Date.parse(log.planned[i] as string))).toBeLessThan(100);
  });
});

test('a step too small to plan anew moves the next runs along with the clock', () => {
  const { log, clock } = start();
  clock.step(-400);
  clock.advance(2 * MINUTE);
  expect(log.steps).toEqual([]);
  expect(timesOf(log.starts)).toEqual(['00:00:30', '00:01:30']);
});

test('the wait until the next run is never one long timer', () => {
  const waits: number[] = [];
  const clock = createFakeClock('2030-01-01T00:00:00Z');
  const counted = {
    ...clock,
    wait(delayMs: number, then: () => void) {
      waits.push(delayMs);
      return clock.wait(delayMs, then);
    },
  };
  const { log } = start({ clock: counted, expression: '0 0 0 1 1 *' });
  clock.advance(MINUTE);
  expect(Math.max(...waits)).toBeLessThanOrEqual(SECOND);
  expect(waits.length).toBeLessThan(65);
  expect(log.plans).toEqual(['2031-01-01T00:00:00.000Z']);
});

test('a run that fails does not end the schedule', () => {
  const errors: unknown[] = [];
  const { log, clock } = start({
    tick: () => {
      throw new Error('broken');
    },
    onError: (error) => errors.push(error),
  });
  clock.advance(2 * MINUTE);
  expect(errors).toHaveLength(2);
  expect(log.delaysMs).toHaveLength(2);
});

test('nothing runs after the stop, and no timer is left', () => {
  const { log, clock, schedule } = start();
  schedule.stop();
  expect(clock.waiting()).toBe(0);
  clock.advance(2 * MINUTE);
  expect(log.starts).toEqual([]);
  expect(schedule.nextRun()).toBeNull();
});

test('a stop within a tick is the last of it', () => {
  const { log, clock } = start({ onStart: () => schedule?.stop() });
  clock.advance(3 * MINUTE);
  expect(log.starts).toHaveLength(1);
  expect(clock.waiting()).toBe(0);
});
