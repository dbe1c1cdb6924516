import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerUsualScrapes } from '../../src/http/usual-scrape.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';

/** After this the page is made anew for each scrape, however many there were. */
const MANY_SCRAPES_MS = 1_100;

let database: TestDatabase;
let backend: TestBackend;

beforeAll(async () => {
  database = await createDatabase();
  backend = await startTestBackend({ ...database.env, SCHEDULE: '0 0 1 1 *' });
});
afterAll(async () => {
  await backend.close();
  await database.drop();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function ask(
  path: string,
  headers: Record<string, string>,
  { method = 'GET', url = backend.url }: { method?: string; url?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { method, headers, agent: false }, (res) => {
      const isGzip = res.headers['content-encoding'] === 'gzip';
      buffer(res)
        .then((bytes) => (isGzip ? gunzipSync(bytes) : bytes).toString())
        .then(
          (text) => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }),
          reject,
        );
    })
      .on('error', reject)
      .end();
  });
}

/** What does not differ from one scrape to the next. */
function shapeOf({ status, headers, text }: Answer) {
  const kept = Object.entries(headers).filter(
    ([name]) => !['date', 'content-length'].includes(name),
  );
  const lines = text.split('\n').filter((line) => line.startsWith('pglatency_'));
  const names = lines.map((line) => line.replace(/ \S+$/, ''));
  return { status, headers: Object.fromEntries(kept), names: new Set(names) };
}

test.each<[string, Record<string, string>, Record<string, string>]>([
  ['plain', {}, { 'accept-encoding': 'br' }],
  ['plain, by its name', { 'accept-encoding': 'identity' }, { 'accept-encoding': 'gzip;q=0' }],
  ['gzip', { 'accept-encoding': 'gzip' }, { 'accept-encoding': 'deflate, gzip' }],
])('a usual scrape is answered as any other: %s', async (_, usual, other) => {
  // The first request makes the series that count it.
  await ask('/metrics', other);
  const answers = [await ask('/metrics', usual), await ask('/metrics', other)];
  const [direct, byExpress] = answers.map(shapeOf);
  expect(direct).toEqual(byExpress);
  expect(direct?.status).toBe(200);
  expect(direct?.headers['content-encoding']).toBe(
    usual['accept-encoding'] === 'gzip' ? 'gzip' : undefined,
  );
  expect(Number(answers[0]?.headers['content-length'])).toBeGreaterThan(1_000);
});

test('each is counted once, under its route', async () => {
  const counted = async () =>
    Number(
      /http_request_duration_seconds_count\{method="GET",route="\/metrics",status="200"[^}]*\} (\d+)/.exec(
        (await ask('/metrics', { 'accept-encoding': 'br' })).text,
      )?.[1],
    );
  await sleep(MANY_SCRAPES_MS);
  const before = await counted();
  await ask('/metrics', {});
  await ask('/metrics', { 'accept-encoding': 'gzip' });
  await sleep(MANY_SCRAPES_MS);
  expect(await counted()).toBe(before + 3);
});

test.each([
  ['a foreign name', { host: 'evil.example.com' }, 'GET', 421],
  ['a foreign name with a port', { host: 'evil.example.com:8080' }, 'GET', 421],
  ['a body', { 'content-length': '99999999' }, 'GET', 413],
  ['another method', {}, 'DELETE', 405],
])('what is not usual is refused as ever: %s', async (_, headers, method, status) => {
  const answer = await ask('/metrics', headers, { method });
  expect([answer.status, answer.headers['x-region']]).toEqual([status, expect.any(String)]);
  expect(answer.text).not.toContain('# HELP');
});

test('behind a trusted proxy, the name that it passes on counts', async () => {
  const env = { ...database.env, SCHEDULE: '0 0 1 1 *', TRUST_PROXY: 'loopback' };
  const behind = await startTestBackend(env);
  try {
    const headers = { 'x-forwarded-host': 'evil.example.com' };
    expect((await ask('/metrics', headers, { url: behind.url })).status).toBe(421);
  } finally {
    await behind.close();
  }
});

test('a scrape that fails is answered by the app', async () => {
  const scrapes = answerUsualScrapes(
    (_req, res) => res.writeHead(500).end('the app'),
    {
      config: { http: { allowedHosts: [] }, region: { code: 'lhr' } } as never,
      metrics: { observeHttpRequest: () => undefined } as never,
    },
    { read: () => Promise.reject(new Error('broken')), send: () => undefined },
  );
  const server = createServer(scrapes).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await ask('/metrics', {}, { url })).toMatchObject({ status: 500, text: 'the app' });
  } finally {
    server.close();
  }
});
