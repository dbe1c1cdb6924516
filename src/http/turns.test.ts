import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurns } from './turns.js';

function workFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('handles what it has time for at once, and the rest in the following turns, in their order', async () => {
  const inTurn = createTurns();
  const done: number[] = [];
  for (let i = 0; i < 20; i++) inTurn(() => done.push(i));
  expect(done).toHaveLength(8);
  await nextTurn();
  expect(done).toHaveLength(16);
  await nextTurn();
  expect(done).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

it('lets a timer run long before all requests that came at once are handled', async () => {
  const inTurn = createTurns();
  let handled = 0;
  const handledAtTimer = new Promise<number>((resolve) => setTimeout(() => resolve(handled), 20));
  for (let i = 0; i < 60; i++) {
    inTurn(() => {
      workFor(4);
      handled += 1;
    });
  }
  expect(await handledAtTimer).toBeLessThan(30);
  await expect.poll(() => handled).toBe(60);
});

it('goes on when handling a request throws', async () => {
  const inTurn = createTurns();
  const done: string[] = [];
  expect(() =>
    inTurn(() => {
      throw new Error('a bug');
    }),
  ).toThrow('a bug');
  inTurn(() => done.push('the next'));
  await nextTurn();
  inTurn(() => done.push('and the one after'));
  expect(done).toEqual(['the next', 'and the one after']);
});
