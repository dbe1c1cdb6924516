import { SYSTEM_CLOCK, type Clock } from './clock.js';
import { createNextRun } from './next-run.js';
import { decide, firstPlan, waitMs, type Decision, type Plan } from './plan.js';

export interface Schedule {
  /** The six-field expression that is followed, UTC. */
  readonly expression: string;
  /** Milliseconds between the next two planned runs; an uneven expression has more than one answer. */
  intervalMs(): number;
  /** The next planned start, also right after the clock was set; null before the start and after the stop. */
  nextRun(): Date | null;
  /** The latest planned starts, whether they came or were missed, oldest first; none from before a step of the clock. */
  plannedRuns(): readonly Date[];
  start(): void;
  /** No tick comes after this. The runs that are under way are their owner's to end. */
  stop(): void;
}

export interface ClockStep {
  /** How far the wall clock went, in milliseconds; negative: back. A sleep of the machine may show as one. */
  readonly stepMs: number;
  /** The planned start that is given up. */
  readonly formerRun: Date;
  readonly nextRun: Date;
}

export interface ScheduleOptions {
  /** Six cron fields, seconds first; UTC. */
  readonly expression: string;
  /** Starts what is due. The next tick comes in `untilNextMs` milliseconds. */
  readonly tick: (plannedAt: Date, untilNextMs: number) => void;
  /** The next run is planned for this time: at the start, after each tick, and after each step of the clock. */
  readonly onPlan: (nextRun: Date) => void;
  /** A tick comes, `delayMs` behind its plan. */
  readonly onStart: (plannedAt: Date, delayMs: number) => void;
  /** The process was too late for a tick: called once, however many planned times have passed. */
  readonly onMissed: (plannedAt: Date) => void;
  /** The wall clock was set, and the next run has been planned anew. */
  readonly onStep: (step: ClockStep) => void;
  /** A tick threw, which is a bug. */
  readonly onError: (error: unknown) => void;
  /** Left out: the system's. */
  readonly clock?: Clock;
}

/**
 * Ticks as the expression says. The wall clock plans the next tick, and the monotonic clock measures the time
 * until then, so a wall clock that is set cannot hold a tick up or release a flood of them. Nothing runs
 * before `start`.
 */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { expression, clock = SYSTEM_CLOCK } = options;
  const nextRun = createNextRun(expression);
  let plan: Plan | null = null;
  let planned: readonly number[] = [];
  let cancelWait = () => {};

  const readClocks = () => ({ wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() });
  const setPlan = (next: Plan) => {
    const isNew = next.plannedMs !== plan?.plannedMs;
    plan = next;
    if (isNew) options.onPlan(new Date(next.plannedMs));
  };
  const look = () => {
    if (plan === null) return;
    try {
      const decision = decide(plan, readClocks(), nextRun);
      planned = keepPlanned(planned, decision);
      setPlan(decision.plan);
      execute(decision, options);
    } catch (error) {
      options.onError(error);
    }
    waitOn();
  };
  const waitOn = () => {
    if (plan !== null) cancelWait = clock.wait(waitMs(plan, clock.monotonicMs()), look);
  };
  /** Looks at the clocks now: the wall clock may have been set since the last wake-up. */
  const plannedMs = () =>
    plan === null ? null : decide(plan, readClocks(), nextRun).plan.plannedMs;

  return {
    expression,
    intervalMs() {
      const firstMs = plannedMs() ?? nextRun(clock.wallMs());
      return nextRun(firstMs) - firstMs;
    },
    nextRun() {
      const nextMs = plannedMs();
      return nextMs === null ? null : new Date(nextMs);
    },
    plannedRuns: () => planned.map((ms) => new Date(ms)),
    start() {
      setPlan(firstPlan(readClocks(), nextRun));
      waitOn();
    },
    stop() {
      plan = null;
      cancelWait();
    },
  };
}

const KEPT_PLANNED = 8;

function keepPlanned(planned: readonly number[], decision: Decision): readonly number[] {
  if (decision.what === 'step') return [];
  if (decision.what === 'wait') return planned;
  return [...planned, decision.plannedMs].slice(-KEPT_PLANNED);
}

function execute(decision: Decision, options: ScheduleOptions): void {
  switch (decision.what) {
    case 'wait':
      return;
    case 'step':
      options.onStep({
        stepMs: decision.stepMs,
        formerRun: new Date(decision.formerMs),
        nextRun: new Date(decision.plan.plannedMs),
      });
      return;
    case 'missed':
      options.onMissed(new Date(decision.plannedMs));
      return;
    case 'run': {
      const plannedAt = new Date(decision.plannedMs);
      options.onStart(plannedAt, decision.delayMs);
      options.tick(plannedAt, decision.untilNextMs);
    }
  }
}
