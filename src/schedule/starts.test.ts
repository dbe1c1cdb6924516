import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStarts } from './starts.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

function createLogged(names: string[]) {
  const log = { starts: [] as string[], overlaps: [] as string[], errors: [] as string[] };
  const ends = new Map<string, { end: () => void; fail: () => void }>();
  const starts = createStarts({
    targets: () => names,
    run: (target) => {
      log.starts.push(`${target} ${Date.now()}`);
      return new Promise((resolve, reject) => {
        ends.set(target, { end: resolve, fail: () => reject(new Error('broken')) });
      });
    },
    onOverlap: (target) => log.overlaps.push(target),
    onError: (_error, target) => log.errors.push(target),
  });
  const tick = () => starts.tick(new Date(), 1_000);
  return { log, ends, starts, tick };
}

test('starts each target a little after the one before it', async () => {
  const { log, tick } = createLogged(['a', 'b']);
  tick();
  expect(log.starts).toEqual(['a 0']);
  await vi.advanceTimersByTimeAsync(900);
  expect(log.starts).toEqual(['a 0', 'b 125']);
});

test('one that still runs is skipped alone', async () => {
  const { log, ends, tick } = createLogged(['hangs', 'b']);
  for (let second = 0; second < 3; second++) {
    tick();
    await vi.advanceTimersByTimeAsync(500);
    ends.get('b')?.end();
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(log.overlaps).toEqual(['hangs', 'hangs']);
  expect(log.starts).toEqual(['hangs 0', 'b 125', 'b 1125', 'b 2125']);
  ends.get('hangs')?.end();
  await vi.advanceTimersByTimeAsync(0);
  tick();
  expect(log.starts.at(-1)).toBe('hangs 3000');
});

test('one that has not started yet when the next tick comes is skipped', async () => {
  const { log, tick } = createLogged(['a', 'b']);
  tick();
  await vi.advanceTimersByTimeAsync(100);
  tick();
  expect(log.overlaps).toEqual(['a', 'b']);
});

test('one that has been removed since the tick does not start', async () => {
  const names = ['a', 'b'];
  const { log, tick } = createLogged(names);
  tick();
  names.pop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(log.starts).toEqual(['a 0']);
  names.push('b');
  tick();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(log.starts).toEqual(['a 0', 'b 1125']);
});

test('a run that fails is reported, and the next one starts', async () => {
  const { log, ends, tick } = createLogged(['a']);
  tick();
  ends.get('a')?.fail();
  await vi.advanceTimersByTimeAsync(0);
  expect(log.errors).toEqual(['a']);
  tick();
  expect(log.starts).toHaveLength(2);
});

test('nothing starts after the stop', async () => {
  const { log, starts, tick } = createLogged(['a', 'b']);
  tick();
  starts.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(log.starts).toEqual(['a 0']);
});
