import { expect, test } from 'vitest';
import { parseExposition, valueOf } from '../../test/helpers/exposition.js';
import { METRICS } from './names.js';
import { createRegistry } from './registry.js';
import { scheduleMetrics } from './schedule-metrics.js';

function create() {
  const registry = createRegistry();
  const metrics = scheduleMetrics(registry);
  const value = async ({ name }: { name: string }) =>
    valueOf(parseExposition(await registry.render()), name);
  return { metrics, value };
}

test('no time is exported before there is one, and no step is 0', async () => {
  const { value } = create();
  expect(await value(METRICS.scheduleNextRun)).toBeUndefined();
  expect(await value(METRICS.scheduleLastPlanned)).toBeUndefined();
  expect(await value(METRICS.clockSteps)).toBe(0);
});

test('planned times are Unix seconds', async () => {
  const { metrics, value } = create();
  metrics.setLastPlanned(new Date(1_900_000_000_000));
  metrics.setNextRun(new Date(1_900_000_060_500));
  metrics.countClockStep();
  expect(await value(METRICS.scheduleLastPlanned)).toBe(1_900_000_000);
  expect(await value(METRICS.scheduleNextRun)).toBe(1_900_000_060.5);
  expect(await value(METRICS.clockSteps)).toBe(1);
});
