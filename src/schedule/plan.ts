import type { NextRun } from './next-run.js';

/** The two clocks, read at one moment, in milliseconds. */
export interface Clocks {
  /** Since 1970. It may be set to anything at any moment. */
  readonly wallMs: number;
  /** Since any moment of the past. It never goes back; whether it counts a sleep of the machine depends on the system. */
  readonly monotonicMs: number;
}

export interface Plan {
  /** When the next run is planned, as Unix time in milliseconds. */
  readonly plannedMs: number;
  /** What the wall clock is taken to be ahead of the monotonic one. */
  readonly offsetMs: number;
  /** When the clocks were last read, on the monotonic one. */
  readonly readMs: number;
  /** The latest run: its planned time, and its start on the monotonic clock. */
  readonly last: { readonly plannedMs: number; readonly startedMs: number } | null;
}

/** What to do now, and the plan from here on. */
export type Decision =
  | { readonly what: 'wait'; readonly plan: Plan }
  | {
      readonly what: 'run';
      readonly plannedMs: number;
      readonly delayMs: number;
      /** From now to the next run, not from the planned time. */
      readonly untilNextMs: number;
      readonly plan: Plan;
    }
  | { readonly what: 'missed'; readonly plannedMs: number; readonly plan: Plan }
  | {
      readonly what: 'step';
      /** Negative: the wall clock was set back. */
      readonly stepMs: number;
      /** The planned time that is given up. */
      readonly formerMs: number;
      readonly plan: Plan;
    };

/** The clocks are compared this often, so a step is noticed within this time. */
export const LOOK_EVERY_MS = 1_000;

/** A run that is later than this, or later than the next one, is missed and does not start. */
const MAX_LATENESS_MS = 5_000;

/**
 * NTP slews: it lets the wall clock run faster or slower by a small share, which is followed without a word.
 * chrony's default limit is 8.3 % (chrony.conf(5), maxslewrate), ntpd's and adjtime's 0.05 %. Linux slews its
 * monotonic clock alike (clock_gettime(2)), so nothing shows there at all.
 */
const MAX_SLEW = 0.1;

/**
 * The clocks disagree by more than this beyond what slewing explains: the wall clock was set. It is half of
 * what a cron expression can tell apart, and far more than reading two clocks one after the other may cost.
 */
const MIN_STEP_MS = 500;

export function firstPlan(clocks: Clocks, nextRun: NextRun): Plan {
  return {
    plannedMs: nextRun(clocks.wallMs),
    offsetMs: clocks.wallMs - clocks.monotonicMs,
    readMs: clocks.monotonicMs,
    last: null,
  };
}

/** How long to wait until the clocks are to be read again, in milliseconds. */
export function waitMs({ plannedMs, offsetMs }: Plan, monotonicMs: number): number {
  return Math.max(0, Math.min(LOOK_EVERY_MS, plannedMs - offsetMs - monotonicMs));
}

/**
 * A run starts when the monotonic clock has covered the time that was left when it was planned. The planned
 * time is never caught up with: what lies between it and now is skipped, however much that is.
 */
export function decide(before: Plan, clocks: Clocks, nextRun: NextRun): Decision {
  const { plan, stepMs } = compareClocks(before, clocks);
  const formerMs = plan.plannedMs;
  if (stepMs !== 0) {
    const plannedMs = nextAfterStep(plan, clocks, nextRun);
    return { what: 'step', stepMs, formerMs, plan: { ...plan, plannedMs } };
  }
  const nowMs = clocks.monotonicMs + plan.offsetMs;
  const delayMs = nowMs - formerMs;
  if (delayMs < 0) return { what: 'wait', plan };
  const nextMs = nextRun(formerMs);
  if (delayMs > MAX_LATENESS_MS || nowMs >= nextMs) {
    return { what: 'missed', plannedMs: formerMs, plan: { ...plan, plannedMs: nextRun(nowMs) } };
  }
  const last = { plannedMs: formerMs, startedMs: clocks.monotonicMs };
  return {
    what: 'run',
    plannedMs: formerMs,
    delayMs,
    untilNextMs: nextMs - nowMs,
    plan: { ...plan, plannedMs: nextMs, last },
  };
}

/** Follows the wall clock: by what slewing explains without a word, and by all the rest as one step. */
function compareClocks(before: Plan, { wallMs, monotonicMs }: Clocks) {
  const aheadMs = wallMs - monotonicMs - before.offsetMs;
  // A blocked event loop does not raise the limit: it is that of one look.
  const slewMs = MAX_SLEW * Math.min(LOOK_EVERY_MS, monotonicMs - before.readMs);
  const followedMs = Math.max(-slewMs, Math.min(slewMs, aheadMs));
  const stepMs = Math.abs(aheadMs - followedMs) > MIN_STEP_MS ? aheadMs : 0;
  const offsetMs = before.offsetMs + (stepMs === 0 ? followedMs : stepMs);
  return { stepMs, plan: { ...before, offsetMs, readMs: monotonicMs } };
}

/**
 * After a step back by less than an interval the latest planned time comes again. It does not run twice, and
 * the next run still comes within two intervals of the last.
 */
function nextAfterStep({ last }: Plan, { wallMs, monotonicMs }: Clocks, nextRun: NextRun): number {
  const nextMs = nextRun(wallMs);
  if (last?.plannedMs !== nextMs) return nextMs;
  const followingMs = nextRun(nextMs);
  const sinceLastMs = monotonicMs + (nextMs - wallMs) - last.startedMs;
  return sinceLastMs < followingMs - nextMs ? followingMs : nextMs;
}
