import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rm } from 'node:fs/promises';
import {
  benchmarkAnswer,
  errorAnswer,
  healthAnswer,
  historyAnswer,
  latestAnswer,
} from '../../src/api/answers.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { createTargetsFile, type TargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

let primary: TestDatabase;
let second: TestDatabase;
let file: TargetsFile;
let backend: TestBackend;

beforeAll(async () => {
  primary = await createDatabase();
  second = await createDatabase();
  file = createTargetsFile();
  file.write([
    { name: 'reader', host: '127.0.0.1', mode: 'read-only' },
    { name: 'second', host: 'localhost', database: second.name },
  ]);
  backend = await startTestBackend({
    ...primary.env,
    FLY_REGION: 'lhr',
    TARGETS_FILE: file.path,
    SCHEDULE: '* * * * * *',
    ITERATIONS: '2',
  });
  await until(async () => {
    const { body } = await backend.get('/api/rds/latest');
    return latestAnswer.parse(body).runs.length === 3;
  });
});

afterAll(async () => {
  await backend.close();
  await primary.drop();
  await second.drop();
  await rm(file.folder, { recursive: true });
});

describe('?target=', () => {
  test('a benchmark measures that target, and no other', async () => {
    const rows = async () => (await second.query('SELECT 1 FROM pglatency_probe')).length;
    expect(await rows()).toBeGreaterThan(0);
    const { status, body } = await backend.get('/api/rds/benchmark?target=second&iterations=3');
    expect(status).toBe(200);
    const answer = benchmarkAnswer.strict().parse(body);
    expect(answer).toMatchObject({ target: 'second', db_host: 'localhost', outcome: 'success' });
    const labels = { trigger: 'request', outcome: 'success' };
    const runs = (target: string) => backend.metric('pglatency_runs_total', { ...labels, target });
    expect([await runs('second'), await runs('primary')]).toEqual([1, 0]);
  });

  test('without it a benchmark, health and history are of the first read-write target', async () => {
    const benchmark = await backend.get('/api/rds/benchmark?iterations=1');
    expect(benchmark).toMatchObject({ status: 200, body: { target: 'primary' } });
    const health = await backend.get('/api/rds/health');
    expect(health.body).toMatchObject({ db_host: '127.0.0.1', status: 'connected' });
    const history = await backend.get('/api/rds/history');
    expect(historyAnswer.parse(history.body)).toMatchObject({ target: 'primary' });
  });

  test('health and history are of that target', async () => {
    const health = await backend.get('/api/rds/health?target=second');
    expect(healthAnswer.strict().parse(health.body)).toEqual({
      fleet: 'pglatency',
      region: 'lhr',
      db_host: 'localhost',
      status: 'connected',
    });
    const historyOfReader = async () => {
      const { body } = await backend.get('/api/rds/history?target=reader');
      return historyAnswer.strict().parse(body);
    };
    // Its first run may come before the table.
    await until(async () => typeof (await historyOfReader()).read_p50_ms.at(-1) === 'number');
    const { target, insert_p50_ms: inserts } = await historyOfReader();
    expect(target).toBe('reader');
    expect(new Set(inserts)).toEqual(new Set([null]));
  });

  test('latest has all targets without it, in the order of the configuration', async () => {
    const names = async (query: string) => {
      const { body } = await backend.get(`/api/rds/latest${query}`);
      return latestAnswer.parse(body).runs.map(({ target }) => target);
    };
    expect(await names('')).toEqual(['primary', 'reader', 'second']);
    expect(await names('?target=second')).toEqual(['second']);
  });

  test('two targets are measured on demand at once; the same one is busy', async () => {
    const unlock = await second.lockTable();
    const first = backend.get('/api/rds/benchmark?target=second&iterations=1');
    try {
      const busy = await until(async () => {
        const answer = await backend.get('/api/rds/benchmark?target=second&iterations=1');
        return answer.status === 429 && answer;
      });
      expect(busy.headers.get('retry-after')).toBe('1');
      const other = await backend.get('/api/rds/benchmark?target=primary&iterations=1');
      expect(other).toMatchObject({ status: 200, body: { outcome: 'success' } });
    } finally {
      await unlock();
    }
    expect((await first).status).toBe(200);
  });

  test.each(['benchmark', 'health', 'latest', 'history'])(
    '/api/rds/%s: an unknown one is 404 and lists the known; two at once are 400',
    async (path) => {
      const unknown = await backend.get(`/api/rds/${path}?target=primry`);
      expect(unknown.status).toBe(404);
      expect(errorAnswer.strict().parse(unknown.body)).toEqual({
        error: 'there is no target "primry"; known: primary, reader, second',
        region: 'lhr',
      });
      const two = await backend.get(`/api/rds/${path}?target=primary&target=second`);
      expect(two.status).toBe(400);
      expect(two.body.error).toContain('expected one target');
    },
  );

  test('the OpenAPI document has the parameter and the 404', async () => {
    const { body } = await backend.get<{
      paths: Record<string, { get: { parameters: { name: string }[]; responses: object } }>;
    }>('/openapi.json');
    for (const path of ['benchmark', 'health', 'latest', 'history']) {
      const get = body.paths[`/api/rds/${path}`]?.get;
      expect(get?.parameters.map(({ name }) => name)).toContain('target');
      expect(get?.responses).toHaveProperty('404');
    }
  });
});

test('with no database configured, any target is unknown', async () => {
  const bare = await startTestBackend({});
  try {
    const { status, body } = await bare.get('/api/rds/benchmark?target=primary');
    expect(status).toBe(404);
    expect(body.error).toBe('there is no target "primary"; known: none');
  } finally {
    await bare.close();
  }
});
