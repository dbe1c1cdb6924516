import { expect, test } from 'vitest';
import { measure } from './measure.js';

const never = new AbortController().signal;

test('measures what it waits for, from the last restart of the clock', async () => {
  const nap = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const measured = await measure({ timeoutMs: 5_000, signal: never }, async (_, clock) => {
    await nap(120);
    clock.restart();
    await nap(40);
    return 'value';
  });
  expect(measured).toMatchObject({ ok: true, value: 'value' });
  // A timer may fire up to a millisecond early.
  expect(measured).toHaveProperty(
    'durationMs',
    expect.toSatisfy((ms) => ms >= 39 && ms < 110),
  );
});

test('an error is a failure with a reason and without a duration', async () => {
  const refuse = () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
  expect(await measure({ timeoutMs: 5_000, signal: never }, refuse)).toEqual({
    ok: false,
    reason: 'refused',
    message: 'no',
  });
});

test('the deadline interrupts the work', async () => {
  let interrupted = false;
  const measured = await measure({ timeoutMs: 20, signal: never }, (signal) => {
    signal.addEventListener('abort', () => (interrupted = true));
    return new Promise(() => undefined);
  });
  expect(measured).toEqual({ ok: false, reason: 'timeout', message: 'no answer within 20 ms' });
  expect(interrupted).toBe(true);
});

test('an abort is no failure: it is thrown, and it interrupts the work', async () => {
  const controller = new AbortController();
  let interrupted = false;
  const measured = measure({ timeoutMs: 5_000, signal: controller.signal }, (signal) => {
    signal.addEventListener('abort', () => (interrupted = true));
    return new Promise(() => undefined);
  });
  controller.abort(new Error('left'));
  await expect(measured).rejects.toThrow('left');
  expect(interrupted).toBe(true);
});
