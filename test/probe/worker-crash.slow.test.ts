import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import {
  expectNoFailureInLatencies,
  nextSuccess,
  startTestBackend,
  type TestBackend,
} from '../helpers/backend.js';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { until } from '../helpers/until.js';

const FIXTURE = new URL('../fixtures/crashing-worker.mjs', import.meta.url);
const SPIN = 15;

let database: TestDatabase;
let backend: TestBackend | undefined;
let cli: CliProcess | undefined;

afterEach(async () => {
  await backend?.close();
  cli?.kill('SIGKILL');
  await cli?.ended;
  backend = undefined;
  cli = undefined;
  await database.drop();
});

async function start(env: Record<string, string> = {}): Promise<TestBackend> {
  database = await createDatabase();
  backend = await startTestBackend(
    { ...database.env, SCHEDULE: '* * * * * *', ITERATIONS: '1', ...env },
    { workerUrl: FIXTURE },
  );
  return backend;
}

const misbehave = (on: TestBackend, iterations: number) =>
  on.get(`/api/rds/benchmark?iterations=${iterations}`);

const hasRestarted = (on: TestBackend, times = 1) =>
  until(async () => (await on.metric('pglatency_worker_restarts_total')) === times, {
    what: `${times} restarts`,
  });

const failedRuns = (on: TestBackend) =>
  on.metric('pglatency_runs_total', { trigger: 'schedule', outcome: 'failure' });

describe('a thread that ends under a scheduled run', () => {
  test.each([
    { how: 'an uncaught error', iterations: 13, cause: 'crashed on purpose' },
    { how: 'memory', iterations: 14, cause: 'memory limit' },
    { how: 'an endless loop', iterations: SPIN, cause: 'it was silent for 3 s' },
    { how: 'process.exit', iterations: 16, cause: 'ended with code 7' },
    { how: 'a rejection', iterations: 17, cause: 'rejected on purpose' },
    { how: 'an endless flood of samples', iterations: 18, cause: 'more samples than a run can' },
  ])('by $how fails it, counts it, and the next run follows', async ({ iterations, cause }) => {
    const on = await start();
    await nextSuccess(on);
    const unlock = await database.lockTable();
    const pings = async () =>
      (await on.metric('pglatency_operations_total', { operation: 'ping' })) ?? 0;
    const before = await pings();
    await until(async () => (await pings()) > before, { what: 'a run that meets the lock' });
    const rssBefore = process.memoryUsage.rss();

    const onDemand = await misbehave(on, iterations);
    expect(onDemand).toMatchObject({ status: 503, body: { reason: 'internal', region: 'local' } });
    expect(onDemand.body.error).toContain("the probe's thread ended");
    await hasRestarted(on);
    await unlock();

    expect(await failedRuns(on)).toBe(1);
    const failures = (operation: string) =>
      on.metric('pglatency_operation_failures_total', { operation, reason: 'internal' });
    expect([await failures('connect'), await failures('ping')]).toEqual([0, 0]);
    expect([await failures('select'), await failures('insert')]).toEqual([1, 1]);
    const failed = on.logs.filter(({ msg, outcome }) => msg === 'run' && outcome === 'failure');
    expect(failed).toMatchObject([
      {
        level: 40,
        trigger: 'schedule',
        failures: [{ operation: 'select' }, { operation: 'insert' }],
      },
    ]);
    const crashes = on.logs.filter(({ msg }) => msg === 'the probe crashed and was restarted');
    expect(crashes).toHaveLength(1);
    expect(JSON.stringify(crashes)).toContain(cause);

    await nextSuccess(on);
    const history = await on.get<{ failures: unknown[] }>('/api/rds/history');
    expect(history.body.failures).toMatchObject([
      { operation: 'select', reason: 'internal', count: 1 },
      { operation: 'insert', reason: 'internal', count: 1 },
    ]);
    expect(await misbehave(on, 1)).toMatchObject({ status: 200 });
    expect((await on.get('/healthz')).status).toBe(200);
    await expectNoFailureInLatencies(on);
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(150_000_000);
  });

  test('loses no run that it had not taken up: the next thread has it', async () => {
    const on = await start();
    // So the next one is a second away.
    await nextSuccess(on);
    expect(await misbehave(on, SPIN)).toMatchObject({ status: 503 });
    await nextSuccess(on);
    expect(await on.metric('pglatency_worker_restarts_total')).toBe(1);
    expect(await failedRuns(on)).toBe(0);
    expect(await on.metric('pglatency_operations_total', { outcome: 'failure' })).toBe(0);
  });

  test('again and again loses no tick: a run that finds no thread waits for the next', async () => {
    // Every other tick falls into a restart, and has more than a second to wait for its end.
    const on = await start({ SCHEDULE: '*/2 * * * * *' });
    await nextSuccess(on);
    for (let times = 1; times <= 5; times++) {
      await misbehave(on, 13);
      await hasRestarted(on, times);
    }
    await nextSuccess(on);
    expect(JSON.stringify(on.logs)).not.toMatch(/is not running|measured nothing/);
    expect(await on.metric('pglatency_schedule_skipped_total')).toBe(0);
  });
});

test('a main thread that was blocked for long does not take its probe for a silent one', async () => {
  const on = await start();
  await nextSuccess(on);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6_000);
  await nextSuccess(on);
  expect(await on.metric('pglatency_worker_restarts_total')).toBe(0);
});

test('a locked table is in the metrics within two deadlines, before its run has ended', async () => {
  const deadlineMs = 2_000;
  const on = await start({ ITERATIONS: '10', OPERATION_TIMEOUT_MS: String(deadlineMs) });
  await nextSuccess(on);
  const lockedAt = performance.now();
  const unlock = await database.lockTable();
  const timeouts = { operation: 'select', reason: 'timeout' };
  await until(
    async () => ((await on.metric('pglatency_operation_failures_total', timeouts)) ?? 0) > 0,
    { what: 'a failed select in the metrics' },
  );
  expect(performance.now() - lockedAt).toBeLessThan(2 * deadlineMs);
  expect(await on.metric('pglatency_target_up')).toBe(0);
  await unlock();
  await nextSuccess(on);
  expect(await on.metric('pglatency_target_up')).toBe(1);
  await expectNoFailureInLatencies(on);
});

describe('SIGTERM', () => {
  async function startProcess(): Promise<string> {
    database = await createDatabase();
    cli = spawnCli(
      ['serve'],
      {
        LISTEN_HOST: '127.0.0.1',
        PORT: '0',
        ...database.env,
        SCHEDULE: '* * * * * *',
      },
      [`--import=${fileURLToPath(FIXTURE)}`],
    );
    return cli.listening();
  }

  async function expectQuickEnd(): Promise<void> {
    const startedAt = performance.now();
    cli?.kill('SIGTERM');
    expect(await cli?.ended).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(cli?.logs().at(-1)).toMatchObject({ msg: 'stopped' });
  }

  test('ends it within 5 s while the thread spins', async () => {
    const url = await startProcess();
    void fetch(`${url}/api/rds/benchmark?iterations=${SPIN}`).catch(() => undefined);
    await until(async () => (await fetch(`${url}/healthz`)).status === 503);
    await expectQuickEnd();
  });

  test('ends it within 5 s while the thread waits to be started again', async () => {
    const url = await startProcess();
    const crash = () => fetch(`${url}/api/rds/benchmark?iterations=13`).then((it) => it.status);
    // The second restart comes a second after the first.
    expect([await crash(), await crash()]).toEqual([503, 503]);
    await expectQuickEnd();
  });
});
