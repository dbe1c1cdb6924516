import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/helpers/fake-clock.js';
import { createSchedule } from './schedule.js';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** A wake-up may come this long after the step: the run before it has been given up by then. */
const GRACE_MS = 2 * SECOND;

/** With the longest time between two of its planned runs. */
const schedules = fc.constantFrom(
  ...([
    ['* * * * * *', SECOND],
    ['*/5 * * * * *', 5 * SECOND],
    ['10,15 * * * * *', 55 * SECOND],
    ['30 * * * * *', 60 * SECOND],
    ['6 */5 * * * *', 300 * SECOND],
  ] as const),
);

/** Forward or back, from less than NTP's own threshold to centuries, within the years 1970 to 9999. */
const steps = fc
  .tuple(
    fc.boolean(),
    fc.oneof(
      fc.integer({ min: 1, max: 2 * SECOND }),
      fc.integer({ min: 1, max: 400 * SECOND }),
      fc.integer({ min: DAY, max: 3_000 * DAY }),
    ),
  )
  .map(([isBack, ms]) => ({ do: 'step' as const, ms: isBack ? -ms : ms }));

const actions = fc.array(
  fc.oneof(
    steps,
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
    fc.record({ do: fc.constant('block' as const), ms: fc.integer({ min: 1, max: 30_000 }) }),
  ),
  { maxLength: 30 },
);

test('whatever happens to the clock: runs go on, and each step is one line at most', () => {
  fc.assert(
    fc.property(schedules, actions, ([expression, longestMs], done) => {
      const clock = createFakeClock('2100-06-15T12:34:56.700Z');
      let lastRunMs = 0;
      let allowedMs = longestMs;
      let lines = 0;
      const schedule = createSchedule({
        expression,
        tick(_plannedAt, untilNextMs) {
          const now = clock.monotonicMs();
          expect(now - lastRunMs).toBeLessThanOrEqual(allowedMs + GRACE_MS);
          expect(untilNextMs).toBeGreaterThan(0);
          expect(untilNextMs).toBeLessThanOrEqual(longestMs + SECOND);
          lastRunMs = now;
          allowedMs = longestMs;
        },
        onPlan: () => undefined,
        onStart: (_plannedAt, delayMs) => expect(delayMs).toBeGreaterThanOrEqual(0),
        onMissed: () => lines++,
        onStep: () => lines++,
        onError: (error) => {
          throw error;
        },
        clock,
      });
      schedule.start();
      let events = 0;
      for (const { do: what, ms } of done) {
        if (what !== 'advance') {
          events++;
          // Each step costs one interval; a block its own time, and a tick.
          allowedMs += longestMs + GRACE_MS + (what === 'block' ? ms : 0);
        }
        clock[what](ms);
        const wall = clock.wallMs();
        const next = schedule.nextRun()?.getTime() as number;
        // Planned by the clock of now; the last half second may still be slewed.
        expect(next - wall).toBeLessThanOrEqual(2 * longestMs + SECOND);
        expect(next - wall).toBeGreaterThan(-SECOND);
      }
      clock.advance(2 * longestMs + GRACE_MS);
      clock.advance(allowedMs);
      expect(clock.monotonicMs() - lastRunMs).toBeLessThanOrEqual(allowedMs + GRACE_MS);
      expect(lines).toBeLessThanOrEqual(events);
      expect(clock.waiting()).toBe(1);
      schedule.stop();
    }),
    { numRuns: 200 },
  );
});

test('one step, of any size at any moment: the next run comes within two intervals of the last', () => {
  fc.assert(
    fc.property(
      schedules,
      fc.integer({ min: 0, max: 600_000 }),
      steps,
      ([expression, longestMs], untilStepMs, { ms }) => {
        const clock = createFakeClock('2100-06-15T12:34:56.700Z');
        const runs: { atMs: number; planned: number }[] = [];
        let lines = 0;
        const schedule = createSchedule({
          expression,
          tick: (plannedAt) =>
            runs.push({ atMs: clock.monotonicMs(), planned: plannedAt.getTime() }),
          onPlan: () => undefined,
          onStart: () => undefined,
          onMissed: () => lines++,
          onStep: () => lines++,
          onError: (error) => {
            throw error;
          },
          clock,
        });
        schedule.start();
        clock.advance(untilStepMs);
        clock.step(ms);
        clock.advance(4 * longestMs);
        const gaps = runs.slice(1).map(({ atMs }, i) => atMs - Number(runs[i]?.atMs));
        expect(Math.max(0, ...gaps)).toBeLessThanOrEqual(2 * longestMs + GRACE_MS);
        expect(lines).toBeLessThanOrEqual(1);
        schedule.stop();
      },
    ),
    { numRuns: 200 },
  );
});
