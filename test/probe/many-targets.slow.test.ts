import { rmSync } from 'node:fs';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { historyAnswer } from '../../src/api/answers.js';
import { summarise } from '../../src/probe/results/statistics.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { startManyTargets, type ManyTargets } from '../helpers/many-targets.js';
import { createTargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

const ROUNDS = 2;
const RUNS = 4;
/** Above a plain client's median on the same way at the same time; `npm run bench:targets` holds what is promised. */
const MAX_EXTRA = { share: 1.05, ms: 2 };
/** More than the farthest round trip, so that pings do not queue. */
const CONTROL_EVERY_MS = 400;

const databases: TestDatabase[] = [];
let many: ManyTargets;
let backend: TestBackend;
const file = createTargetsFile();

afterEach(async () => {
  await backend.close();
  await many.close();
  for (const database of databases) await database.drop();
  rmSync(file.folder, { recursive: true });
});

/** Pings a target with the driver alone, until it is stopped; then says the median in milliseconds. */
async function startControl(entry: object): Promise<() => Promise<number>> {
  const client = new pg.Client({ ...inject('postgres'), ...entry });
  await client.connect();
  const samplesMs: number[] = [];
  let ping = Promise.resolve();
  const timer = setInterval(() => {
    ping = ping.then(async () => {
      const startedAt = performance.now();
      await client.query('SELECT 1');
      samplesMs.push(performance.now() - startedAt);
    });
  }, CONTROL_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await ping;
    await client.end();
    return Number(summarise(samplesMs).p50);
  };
}

test('two targets that hang and one that refuses cost five healthy ones neither a tick nor time', async () => {
  many = await startManyTargets(inject('postgres'), async () => {
    const database = await createDatabase();
    databases.push(database);
    return database.name;
  });
  const { healthy, hanging, refusing } = many;
  file.write([...hanging, ...refusing, ...healthy.map(({ entry }) => entry)]);
  const { DB_HOST: _, ...env } = databases[0]?.env ?? {};
  backend = await startTestBackend({
    ...env,
    TARGETS_FILE: file.path,
    SCHEDULE: '*/6 * * * * *',
    ITERATIONS: String(ROUNDS),
    // A run on one that hangs takes twice as long: more than an interval.
    OPERATION_TIMEOUT_MS: '3500',
  });
  const runsOf = (target: string) =>
    backend.metric('pglatency_runs_total', { target, trigger: 'schedule', outcome: 'success' });
  const ticks = () => backend.metric('pglatency_schedule_delay_seconds_count');
  const figures = async () => ({
    ticks: Number(await ticks()),
    runs: await Promise.all(healthy.map(async ({ name }) => Number(await runsOf(name)))),
  });
  // The farthest one's runs last longest: when they have ended, no healthy target's is under way.
  const afterRuns = async (count: number) => {
    await until(async () => Number(await runsOf('d300')) >= count, { withinMs: 60_000 });
    return figures();
  };
  // The first run of all makes the connection and the table, and may outlast the interval.
  const start = await afterRuns(2);
  const linesBefore = backend.logs.length;
  const controls = await Promise.all(healthy.map(({ entry }) => startControl(entry)));
  const end = await afterRuns(Number(start.runs.at(-1)) + RUNS);
  const controlMs = await Promise.all(controls.map((stop) => stop()));
  const ran = end.runs.map((count, i) => count - Number(start.runs[i]));
  expect(ran).toEqual(healthy.map(() => end.ticks - start.ticks));

  for (const [i, { name, rttMs }] of healthy.entries()) {
    const { body } = await backend.get(`/api/rds/history?target=${name}`);
    const { ping_p50_ms: pings } = historyAnswer.parse(body);
    // The quietest run: what this machine does beside adds to some, what a target does to all.
    const p50 = Math.min(...pings.flatMap((ms) => ms ?? []));
    expect(p50, name).toBeGreaterThanOrEqual(rttMs * 0.99);
    expect(p50, name).toBeLessThan(Number(controlMs[i]) * MAX_EXTRA.share + MAX_EXTRA.ms);
  }
  const failures = (target: string, reason: string) =>
    backend.metric('pglatency_operation_failures_total', { target, reason });
  for (const name of ['hangs-1', 'hangs-2'])
    expect(await failures(name, 'timeout')).toBeGreaterThan(0);
  expect(await failures('refuses', 'refused')).toBeGreaterThan(0);
  const skipped = backend.logs
    .slice(linesBefore)
    .filter(({ msg }) => msg === 'a scheduled run was skipped');
  expect(new Set(skipped.map(({ target }) => target))).toEqual(new Set(['hangs-1', 'hangs-2']));
  const overlaps = await backend.metric('pglatency_schedule_skipped_total', { reason: 'overlap' });
  expect(overlaps).toBeGreaterThanOrEqual(2);
}, 120_000);
