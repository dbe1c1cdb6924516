import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { connectionFields } from '../../src/api/answer-parts.js';
import {
  benchmarkAnswer,
  errorAnswer,
  healthAnswer,
  infoAnswer,
  latestAnswer,
  progressEvent,
} from '../../src/api/answers.js';
import { nextSuccess, startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { readEvents } from '../helpers/events.js';
import { until } from '../helpers/until.js';

const NEVER = '0 0 1 1 *';
const TOKEN = 'a-token-of-many-characters';

let database: TestDatabase;
let backend: TestBackend;

beforeAll(async () => {
  database = await createDatabase();
  backend = await startTestBackend({
    ...database.env,
    FLY_REGION: 'lhr',
    FLY_MACHINE_ID: '0123456789ab',
    SCHEDULE: '* * * * * *',
    ITERATIONS: '3',
  });
});

afterAll(async () => {
  await backend.close();
  await database.drop();
});

async function withBackend(
  env: Record<string, string>,
  use: (backend: TestBackend) => Promise<void>,
): Promise<void> {
  const other = await startTestBackend(env);
  try {
    await use(other);
  } finally {
    await other.close();
  }
}

describe('GET /api/info', () => {
  test('says who answers', async () => {
    const { status, headers, body } = await backend.get('/api/info');
    expect(status).toBe(200);
    expect(headers.get('x-fly-region')).toBe('lhr');
    expect(infoAnswer.strict().parse(body)).toMatchObject({
      region: 'lhr',
      hostname: '0123456789ab',
      city: 'London',
      country: 'GB',
    });
  });
});

describe('GET /api/rds/health', () => {
  test('connected', async () => {
    const { status, body } = await backend.get('/api/rds/health');
    expect(status).toBe(200);
    expect(healthAnswer.strict().parse(body)).toEqual({
      fleet: 'pglatency',
      region: 'lhr',
      db_host: '127.0.0.1',
      status: 'connected',
    });
  });
});

describe('GET /api/rds/benchmark', () => {
  test("has every field of the first version's answer, and the new ones", async () => {
    const { status, headers, body } = await backend.get('/api/rds/benchmark?iterations=5');
    expect(status).toBe(200);
    expect(headers.get('x-fly-region')).toBe('lhr');
    const answer = benchmarkAnswer.strict().parse(body);
    expect(answer).toMatchObject({ region: 'lhr', db_host: '127.0.0.1', iterations: 5 });
    expect(answer.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    for (const name of ['read', 'insert'] as const) {
      const latencies = answer[`${name}_latencies`];
      expect(latencies).toHaveLength(5);
      expect(answer[`${name}_min_ms`]).toBe(Math.min(...latencies));
      expect(answer[`${name}_max_ms`]).toBe(Math.max(...latencies));
    }
    expect(answer.connect_ms).toBeGreaterThan(0);
    // The schema fills them in where an older backend has none.
    for (const name of Object.keys(connectionFields)) expect(body).toHaveProperty(name);
    expect(answer.failures).toEqual([]);
  });

  test('takes ITERATIONS where none are asked for', async () => {
    const { body } = await backend.get('/api/rds/benchmark');
    expect(body).toMatchObject({ iterations: 3, outcome: 'success' });
  });

  test.each(['0', '101', '-1', '1.5', 'abc', '', '1e1', '+1', '01', '٣'])(
    'iterations=%s is refused, naming it and what is allowed',
    async (value) => {
      const { status, body } = await backend.get(
        `/api/rds/benchmark?iterations=${encodeURIComponent(value)}`,
      );
      expect(status).toBe(400);
      expect(errorAnswer.strict().parse(body)).toEqual({
        error: `iterations: ${JSON.stringify(value)} is not allowed; expected a whole number from 1 to 100`,
        region: 'lhr',
      });
    },
  );

  test('iterations given twice, and an unknown parameter', async () => {
    const twice = await backend.get('/api/rds/benchmark?iterations=1&iterations=2');
    expect(twice).toMatchObject({ status: 400 });
    expect(twice.body.error).toContain('one whole number');
    const unknown = await backend.get('/api/rds/benchmark?iteration=5');
    expect(unknown).toMatchObject({
      status: 400,
      body: { error: 'iteration: no such parameter; known: target, iterations' },
    });
  });

  test('two at once: the second is told to come back', async () => {
    const first = backend.get('/api/rds/benchmark?iterations=100');
    const busy = await until(async () => {
      const answer = await backend.get('/api/rds/benchmark?iterations=1');
      return answer.status === 429 && answer;
    });
    expect(busy.headers.get('retry-after')).toBe('1');
    expect(busy.body).toEqual({ error: 'a run is under way already', region: 'lhr' });
    expect((await first).status).toBe(200);
  });

  test('streams its progress as server-sent events', async () => {
    const response = await fetch(`${backend.url}/api/rds/benchmark?iterations=2`, {
      headers: { Accept: 'text/event-stream' },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const events = await readEvents(response);
    const progress = events.filter(({ event }) => event === 'progress').map(({ data }) => data);
    expect(
      z
        .array(progressEvent.strict())
        .parse(progress)
        .map(({ operation, round }) => `${operation} ${round}`),
    ).toEqual(['connect 1', 'ping 1', 'select 1', 'insert 1', 'ping 2', 'select 2', 'insert 2']);
    expect(events.at(-1)?.event).toBe('result');
    expect(benchmarkAnswer.parse(events.at(-1)?.data)).toMatchObject({ iterations: 2 });
  });

  test('a stream that cannot start is an ordinary error', async () => {
    const { status, body } = await backend.get('/api/rds/benchmark?iterations=x', {
      headers: { Accept: 'text/event-stream' },
    });
    expect(status).toBe(400);
    expect(body.error).toContain('iterations');
  });

  test('a caller that goes away ends the run, and nothing of it is counted as a failure', async () => {
    const labels = { trigger: 'request', outcome: 'aborted' };
    const before = await backend.metric('pglatency_runs_total', labels);
    const leave = new AbortController();
    const response = await fetch(`${backend.url}/api/rds/benchmark?iterations=100`, {
      headers: { Accept: 'text/event-stream' },
      signal: leave.signal,
    });
    await response.body?.getReader().read();
    leave.abort();
    await until(
      async () => (await backend.metric('pglatency_runs_total', labels)) === Number(before) + 1,
    );
    const next = await backend.get('/api/rds/benchmark?iterations=1');
    expect(next).toMatchObject({ status: 200, body: { outcome: 'success' } });
  });

  test('is not in the histograms', async () => {
    await withBackend({ ...database.env, SCHEDULE: NEVER }, async (quiet) => {
      expect((await quiet.get('/api/rds/benchmark?iterations=5')).status).toBe(200);
      expect(await quiet.metric('pglatency_operation_duration_seconds_count')).toBe(0);
      expect(await quiet.metric('pglatency_operations_total')).toBe(0);
      const labels = { trigger: 'request', outcome: 'success' };
      expect(await quiet.metric('pglatency_runs_total', labels)).toBe(1);
    });
  });
});

describe('GET /api/rds/latest', () => {
  test('has the latest scheduled run of each target', async () => {
    await nextSuccess(backend);
    const { body } = await backend.get('/api/rds/latest');
    const latest = latestAnswer.strict().parse(body);
    expect(latest).toMatchObject({ region: 'lhr', city: 'London', flag: '🇬🇧', interval_s: 1 });
    expect(latest.runs).toMatchObject([
      { target: 'primary', db_host: '127.0.0.1', trigger: 'schedule', outcome: 'success' },
    ]);
    const [run] = latest.runs;
    for (const name of Object.keys(connectionFields)) {
      expect((body['runs'] as object[])[0]).toHaveProperty(name);
    }
    expect(run).toMatchObject({ pooler: false, failed_attempts: [] });
    expect(run?.connection).toMatchObject({
      ...{ dns_ms: null, tls_ms: null, address: '127.0.0.1' },
      ...{ tls_version: null, certificate_not_after: null },
    });
    expect(run?.operations.connect.count).toBe(1);
    expect(run?.operations.select).toMatchObject({ count: 3, failures: [] });
    expect(Date.parse(latest.next_run as string)).toBeGreaterThan(Date.parse(latest.timestamp));
  });
});

describe('without a database', () => {
  test('the API says so as the first version did, and everything else works', async () => {
    await withBackend({}, async (bare) => {
      expect(await bare.get('/api/rds/benchmark')).toMatchObject({
        status: 503,
        body: { error: 'Database not configured', region: 'local', db_host: 'not configured' },
      });
      expect(await bare.get('/api/rds/health')).toMatchObject({
        status: 200,
        body: { region: 'local', db_host: 'not configured', status: 'disabled' },
      });
      expect(await bare.get('/api/rds/latest')).toMatchObject({
        status: 200,
        body: { runs: [], next_run: null },
      });
      // Its thread has only just begun.
      await until(async () => (await bare.get('/healthz')).status === 200);
      expect(await bare.metric('pglatency_build_info')).toBe(1);
    });
  });
});

describe('a token', () => {
  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

  test('guards what touches the database, and nothing else', async () => {
    await withBackend({ ...database.env, SCHEDULE: NEVER, API_TOKEN: TOKEN }, async (guarded) => {
      const path = '/api/rds/benchmark?iterations=1';
      const missing = await guarded.get(path);
      expect(missing).toMatchObject({ status: 401, body: { region: 'local' } });
      expect(missing.headers.get('www-authenticate')).toContain('Bearer');
      expect(await guarded.get(path, bearer(`${TOKEN}x`))).toMatchObject({ status: 401 });
      expect(await guarded.get('/api/rds/health')).toMatchObject({ status: 401 });
      expect(await guarded.get(path, bearer(TOKEN))).toMatchObject({ status: 200 });
      for (const open of ['/api/info', '/api/rds/latest', '/healthz', '/openapi.json']) {
        expect((await guarded.get(open)).status).toBe(200);
      }
      expect(JSON.stringify(guarded.logs)).not.toContain(TOKEN);
    });
  });
});

describe('too many requests', () => {
  test('are refused with a Retry-After', async () => {
    await withBackend({ SCHEDULE: NEVER }, async (bare) => {
      const answer = await until(async () => {
        const { status, headers, body } = await bare.get('/api/rds/health');
        return status !== 200 && { status, headers, body };
      });
      expect(answer).toMatchObject({ status: 429, body: { region: 'local' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await bare.get('/api/info')).status).toBe(200);
    });
  });
});

/** `fetch` would ask for an answer that is not from a cache. */
function statusIfChanged(url: string): Promise<number | undefined> {
  const headers = { 'If-None-Match': '*', 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' };
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).once('error', reject);
  });
}

describe('anything else', () => {
  test('an unknown path is 404, another method 405, both in the one shape of errors', async () => {
    expect(await backend.get('/nowhere')).toMatchObject({
      status: 404,
      body: { error: 'there is no /nowhere; see /openapi.json', region: 'lhr' },
    });
    const posted = await backend.get('/api/info', { method: 'POST' });
    expect(posted).toMatchObject({ status: 405, body: { region: 'lhr' } });
    expect(posted.headers.get('allow')).toBe('GET, HEAD');
    expect(await backend.get('/%E0%A4%A')).toMatchObject({ status: 404, body: { region: 'lhr' } });
  });

  test('no figure is "not modified", whatever a caller has; the page is, for who has it', async () => {
    for (const path of ['/metrics', '/healthz', '/api/info', '/api/health', '/api/latest'])
      expect(await statusIfChanged(backend.url + path), path).toBe(200);
    expect(await statusIfChanged(backend.url)).toBe(304);
  });

  test('the OpenAPI document names every path, and each answers as it says', async () => {
    const { body } = await backend.get<{
      openapi: string;
      paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
    }>('/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    for (const [path, { get }] of Object.entries(body.paths)) {
      const response = await fetch(backend.url + path);
      const documented = get.responses[String(response.status)];
      expect(documented, `${path} ${response.status}`).toBeDefined();
      const type = response.headers.get('content-type')?.split(';')[0] as string;
      expect(Object.keys(documented?.content ?? {}).join()).toContain(type);
      await response.text();
    }
  });

  test('METRICS_PORT moves /metrics and /healthz to a port of their own', async () => {
    await withBackend({ METRICS_PORT: '0' }, async (split) => {
      expect(await split.metric('pglatency_build_info')).toBe(1);
      expect((await split.get('/metrics')).status).toBe(404);
      expect((await split.get('/api/info')).status).toBe(200);
    });
  });
});
