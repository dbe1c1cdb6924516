import type { Clock } from '../../src/schedule/clock.js';

export interface FakeClock extends Clock {
  /** Lets this much time pass; timers fire when they are due. */
  advance(ms: number): void;
  /** Sets the wall clock this much forward, or back. No time passes. */
  step(ms: number): void;
  /** Lets time pass while no timer fires: a blocked event loop. Those that are due fire at the next advance. */
  block(ms: number): void;
  /** How many timers are waiting. */
  waiting(): number;
}

/** Two clocks and the timers, which move only when they are told to. */
export function createFakeClock(wall: string | number): FakeClock {
  let offsetMs = typeof wall === 'number' ? wall : Date.parse(wall);
  let nowMs = 0;
  const timers = new Map<number, { dueMs: number; then: () => void }>();
  let lastId = 0;

  const nextTimer = (untilMs: number) =>
    [...timers]
      .filter(([, { dueMs }]) => dueMs <= untilMs)
      .sort((a, b) => a[1].dueMs - b[1].dueMs)[0];

  return {
    wallMs: () => Math.floor(nowMs + offsetMs),
    monotonicMs: () => nowMs,
    wait(delayMs, then) {
      const id = ++lastId;
      timers.set(id, { dueMs: nowMs + Math.max(1, Math.ceil(delayMs)), then });
      return () => timers.delete(id);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (let next = nextTimer(endMs); next !== undefined; next = nextTimer(endMs)) {
        const [id, { dueMs, then }] = next;
        timers.delete(id);
        nowMs = Math.max(nowMs, dueMs);
        then();
      }
      nowMs = endMs;
    },
    step: (ms) => void (offsetMs += ms),
    block: (ms) => void (nowMs += ms),
    waiting: () => timers.size,
  };
}
