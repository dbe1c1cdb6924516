import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { parseExposition, valueOf } from '../helpers/exposition.js';
import { createSetClock, type SetClock } from '../helpers/set-clock.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

/** The wall clock of a real backend is set while it runs. */

let database: TestDatabase;
let clock: SetClock | undefined;
let cli: CliProcess | undefined;

beforeAll(async () => {
  database = await createDatabase();
});

beforeEach(async (context) => {
  requireTool(context, 'faketime', 'the Debian package faketime');
  clock = await createSetClock();
});

afterEach(async () => {
  cli?.kill('SIGKILL');
  await cli?.ended;
  clock?.remove();
  cli = clock = undefined;
});

afterAll(async () => {
  await database.drop();
});

const runs = () => cli?.logs().filter(({ msg }) => msg === 'run').length ?? 0;
const stepLines = () => cli?.logs().filter(({ msg }) => /^the clock /.test(String(msg))) ?? [];

async function startAndRun(schedule: string): Promise<string> {
  cli = spawnCli(['serve'], {
    ...database.env,
    ...clock?.env,
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    ITERATIONS: '1',
    SCHEDULE: schedule,
  });
  const url = await cli.listening();
  await until(() => runs() > 0, { what: 'the first run' });
  return url;
}

/** The value of a metric, and the backend's own time that its next run is compared with. */
async function scheduleOf(url: string) {
  const series = parseExposition(await (await fetch(`${url}/metrics`)).text());
  const { timestamp } = (await (await fetch(`${url}/api/rds/latest`)).json()) as {
    timestamp: string;
  };
  const { next_run } = (await (await fetch(`${url}/api/info`)).json()) as { next_run: string };
  return {
    untilNextMs: Date.parse(next_run) - Date.parse(timestamp),
    nextRunS: Date.parse(next_run) / 1_000,
    exportedS: valueOf(series, 'pglatency_schedule_next_run_timestamp_seconds'),
    steps: valueOf(series, 'pglatency_clock_steps_total'),
    missed: valueOf(series, 'pglatency_schedule_skipped_total', { reason: 'missed' }),
  };
}

test.each([
  ['an hour back', '-1h', -3_600_000],
  ['a year forward', '+365d', 365 * 86_400_000],
  ['to the first day of 1970', '@1970-01-01 00:01:00', null],
  ['past 2^31 seconds', '@2038-01-19 03:14:06', null],
  ['to the year 9999', '@9999-06-01 00:00:00', null],
])('a clock set %s under a running backend: it goes on measuring', async (_, time, stepMs) => {
  const url = await startAndRun('*/2 * * * * *');
  const before = runs();
  clock?.set(time);
  const atOnce = await scheduleOf(url);
  expect(atOnce.untilNextMs).toBeGreaterThan(-100);
  expect(atOnce.untilNextMs).toBeLessThanOrEqual(2_000);
  const setAt = performance.now();
  await until(() => runs() > before + 1, { what: 'the second run after the step' });
  // Two intervals and the wake-up for the first, one more for the second.
  expect(performance.now() - setAt).toBeLessThan(3 * 2_000 + 1_500);

  const lines = stepLines();
  expect(lines).toHaveLength(1);
  if (stepMs !== null) expect(Math.abs(Number(lines[0]?.step_ms) - stepMs)).toBeLessThan(100);
  expect(lines[0]).toHaveProperty('former_run');
  expect(lines[0]).toHaveProperty('next_run');
  const after = await scheduleOf(url);
  expect(after).toMatchObject({ steps: 1, missed: 0 });
  expect(Math.abs(Number(after.exportedS) - after.nextRunS)).toBeLessThanOrEqual(2);

  cli?.kill('SIGTERM');
  expect(await cli?.ended).toBe(0);
});

test('a clock set forward by a year and by years more, back and forth: a line each, and it answers', async () => {
  const url = await startAndRun('* * * * * *');
  const times = ['+365d', '-7', '+3650d', '+0'];
  for (const [i, time] of times.entries()) {
    clock?.set(time);
    await until(() => stepLines().length === i + 1, { what: `the line of ${time}` });
    const seen = runs();
    await until(() => runs() > seen, { what: `a run after ${time}`, withinMs: 4_000 });
  }
  const { status } = await fetch(`${url}/healthz`);
  expect(status).toBe(200);
  expect(await scheduleOf(url)).toMatchObject({ steps: times.length });
  expect(cli?.logs().filter(({ msg }) => msg !== 'run').length).toBeLessThan(2 * times.length + 5);
});
