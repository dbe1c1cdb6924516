import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watch } from './watchdog.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A thread that answers as long as it is told to. */
function start({ answers = true } = {}) {
  const thread = { answers, silences: [] as number[] };
  watch({
    echo: () => (thread.answers ? Promise.resolve() : new Promise(() => undefined)),
    onSilent: (silentS) => thread.silences.push(silentS),
  });
  return thread;
}

test('a thread that answers is never silent', async () => {
  const thread = start();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(thread.silences).toEqual([]);
});

test('three asks without an answer are reported, once', async () => {
  const thread = start();
  await vi.advanceTimersByTimeAsync(5_500);
  thread.answers = false;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(thread.silences).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(thread.silences).toEqual([3]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(thread.silences).toEqual([3]);
});

test('a thread that answers again in time begins anew', async () => {
  const thread = start();
  await vi.advanceTimersByTimeAsync(500);
  for (let n = 0; n < 10; n++) {
    thread.answers = false;
    await vi.advanceTimersByTimeAsync(2_000);
    thread.answers = true;
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(thread.silences).toEqual([]);
});

test('a thread may take half a minute for its first answer', async () => {
  const thread = start({ answers: false });
  await vi.advanceTimersByTimeAsync(29_500);
  expect(thread.silences).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(thread.silences).toEqual([30]);
});
