import { afterEach, expect, test } from 'vitest';
import { nextSuccess, startTestBackend, type TestBackend } from './helpers/backend.js';
import { createDatabase, type TestDatabase } from './helpers/database.js';
import { until } from './helpers/until.js';

let database: TestDatabase;
let backend: TestBackend;

afterEach(async () => {
  await backend.close();
  await database.drop();
});

test.each([
  { how: 'crashes', iterations: 13, cause: 'crashed on purpose' },
  { how: 'leaks memory', iterations: 14, cause: 'memory limit' },
])('the probe is restarted when it $how, and the schedule goes on', async (given) => {
  database = await createDatabase();
  backend = await startTestBackend(
    { ...database.env, SCHEDULE: '* * * * * *', ITERATIONS: '1' },
    { workerUrl: new URL('./fixtures/crashing-worker.mjs', import.meta.url) },
  );
  await nextSuccess(backend);
  const crashed = await backend.get(`/api/rds/benchmark?iterations=${given.iterations}`);
  expect(crashed).toMatchObject({
    status: 503,
    body: { reason: 'internal', region: 'local' },
  });
  expect(crashed.body.error).toContain("the probe's thread ended");
  await until(async () => (await backend.metric('pglatency_worker_restarts_total')) === 1);
  await nextSuccess(backend);
  expect(await backend.get('/api/rds/benchmark?iterations=1')).toMatchObject({ status: 200 });
  expect((await backend.get('/healthz')).status).toBe(200);
  expect(await backend.metric('pglatency_operations_total', { outcome: 'failure' })).toBe(0);
  expect(JSON.stringify(backend.logs)).toContain(given.cause);
});
