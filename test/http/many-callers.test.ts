import { Agent, get } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { parseExposition, valueOf } from '../helpers/exposition.js';
import { callRaw, type RawCallers } from '../helpers/raw-callers.js';
import { json, latestOf, startStrangePeer } from '../helpers/strange-peer.js';
import { until } from '../helpers/until.js';

/** In the place of an operating system's usual 1,024. */
const FEW_DESCRIPTORS = ['sh', '-c', 'ulimit -n 256 && exec "$@"', 'sh'];

const SHED = 'pglatency_http_shed_total';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});

afterAll(async () => {
  await database.drop();
});

describe('a process of few descriptors, with a run each second', () => {
  let cli: CliProcess;
  let callers: RawCallers | undefined;

  beforeAll(async () => {
    const env = { LISTEN_HOST: '127.0.0.1', PORT: '0', SCHEDULE: '* * * * * *', ITERATIONS: '2' };
    cli = spawnCli(['serve'], { ...env, ...database.env }, [], FEW_DESCRIPTORS);
    await cli.listening();
  });

  afterEach(() => callers?.close());

  afterAll(async () => {
    cli.kill('SIGKILL');
    await cli.ended;
  });

  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const text = await (await fetch(`${await cli.listening()}/metrics`)).text();
    return valueOf(parseExposition(text), name, labels) ?? 0;
  };

  test.each([
    ['silent connections', { count: 400 }],
    ['halves of a request', { count: 400, text: 'GET /api/info HTTP/1.1\r\nHost: x\r\n' }],
    [
      'callers that do not read what they asked for',
      { count: 200, text: 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(40), reads: false },
    ],
  ])('%s fail no run, and everything goes on', async (_what, calls) => {
    const url = await cli.listening();
    callers = await callRaw(url, calls);
    const runs = () => metric('pglatency_runs_total', { outcome: 'success', trigger: 'schedule' });
    const before = await runs();
    await until(async () => (await runs()) >= before + 2);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/api/latest`)).status).toBe(200);
    expect(await metric('pglatency_runs_total', { outcome: 'failure' })).toBe(0);
    expect(await metric('pglatency_runs_total', { outcome: 'partial' })).toBe(0);
    expect(await metric('process_open_fds')).toBeLessThan(128);
    expect(await metric(SHED, { kind: 'connection' })).toBeGreaterThan(0);
  });

  test('who is let go of is told to come again, and one line of the log says it', async () => {
    callers = await callRaw(await cli.listening(), { count: 200 });
    const refused = await until(() => callers?.heard.find((text) => text !== ''));
    expect(refused).toMatch(
      /^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n[^]*too many requests at once/,
    );
    const lines = cli.logs().filter(({ msg }) => String(msg).includes('too many callers'));
    expect(lines).toHaveLength(1);
  });
});

describe('a connection', () => {
  let backend: TestBackend;

  beforeAll(async () => {
    backend = await startTestBackend({});
  });

  afterAll(() => backend.close());

  const HEAD = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';

  test('that asks again before it has its answer gets 503, and is let go of when it goes on', async () => {
    const twice = await callRaw(backend.url, { count: 1, text: HEAD.repeat(2) });
    await until(() => twice.heard[0]?.includes('HTTP/1.1 503'));
    expect(twice.heard[0]).toMatch(/^HTTP\/1\.1 200 /);
    expect(twice.open()).toBe(1);
    twice.close();
    const often = await callRaw(backend.url, { count: 1, text: HEAD.repeat(40) });
    await until(() => often.open() === 0);
    expect(often.heard[0]?.match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThanOrEqual(9);
  });

  test('of a scraper outlives a flood of silent ones', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const scrape = () =>
      new Promise<boolean>((resolve, reject) => {
        const request = get(`${backend.url}/metrics`, { agent }, (answer) => {
          answer.resume().once('end', () => resolve(request.reusedSocket));
        }).once('error', reject);
      });
    expect(await scrape()).toBe(false);
    const silent = await callRaw(backend.url, { count: 1_500 });
    await until(async () => ((await backend.metric(SHED, { kind: 'connection' })) ?? 0) > 500);
    expect(await scrape()).toBe(true);
    silent.close();
    agent.destroy();
  });
});

describe('a peer that is silent', () => {
  test('is asked one question, however many callers wait for it, and the rest goes on', async () => {
    const peer = await startStrangePeer((res, req) => {
      if (req.url === '/api/latest') json(latestOf('nrt', 200))(res);
    });
    const backend = await startTestBackend({ PEERS: `nrt=${peer.origin}` });
    try {
      const ask = () => backend.get('/api/fleet/history?region=nrt');
      const answers = Promise.all(Array.from({ length: 60 }, ask));
      await until(() => peer.requests.some(({ url }) => url === '/api/history'));
      for (const path of ['/healthz', '/api/info', '/api/fleet'])
        expect((await backend.get(path)).status).toBe(200);
      const statuses = (await answers).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([502, 503]));
      const shed = (await answers).find(({ status }) => status === 503);
      expect(shed?.headers.get('retry-after')).toBe('1');
      expect(shed?.body).toEqual({
        error: 'too many requests at once; try again later',
        region: 'local',
      });
      await ask();
      expect(peer.requests.filter(({ url }) => url === '/api/history')).toHaveLength(1);
    } finally {
      await backend.close();
      await peer.close();
    }
  });
});

describe('requests', () => {
  let backend: TestBackend;

  beforeAll(async () => {
    backend = await startTestBackend({ METRICS_PORT: '0' });
  });

  afterAll(() => backend.close());

  test('of invented methods make one series', async () => {
    for (const method of ['PROPFIND', 'MKCOL', 'REPORT', 'PURGE', 'LOCK'])
      await backend.get('/api/info', { method });
    const name = 'pglatency_http_request_duration_seconds_count';
    await until(async () => (await backend.metric(name, { method: 'other' })) === 5);
    expect(await backend.metric(name, { method: 'PURGE' })).toBeUndefined();
  });

  test('with a large body, or one without an end, are refused at once', async () => {
    const large = await backend.get('/api/info', { method: 'POST', body: 'x'.repeat(20_000) });
    expect(large).toMatchObject({ status: 413, body: { error: 'no path takes a body' } });
    const callers = await callRaw(backend.url, {
      count: 1,
      text: 'POST /api/info HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    });
    await until(() => callers.heard[0]?.startsWith('HTTP/1.1 413 '));
    await until(() => callers.open() === 0);
  });

  test('find /healthz on PORT too when the metrics have a port of their own', async () => {
    const { body } = await until(async () => {
      const answer = await backend.get('/healthz');
      return answer.status === 200 && answer;
    });
    expect(body).toEqual({ status: 'ok' });
  });
});
