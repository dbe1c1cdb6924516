import { expect, test } from 'vitest';
import { latestOf } from './latest-of.js';

test('makes ten answers at once, then gives the last one again, each question for itself', () => {
  let made = 0;
  const ask = latestOf(
    (question: string) => `${question} ${(made += 1)}`,
    () => 0,
  );
  const answers = new Set(Array.from({ length: 30 }, () => ask('a')));
  // A slow machine may reach the next tenth of a second.
  expect(answers.size).toBeGreaterThanOrEqual(10);
  expect(answers.size).toBeLessThan(15);
  const before = made;
  expect(ask('b')).toBe(`b ${before + 1}`);
});

test('gives no answer from before a change, however often it is asked', () => {
  let changes = 0;
  const ask = latestOf(
    () => changes,
    () => changes,
  );
  const answers = Array.from({ length: 100 }, () => {
    changes += 1;
    return ask();
  });
  expect(answers).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
});
