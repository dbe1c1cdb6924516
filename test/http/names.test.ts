import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorAnswer } from '../../src/api/answers.js';
import { FIRST_NAMES } from '../../src/api/paths.js';
import { scrapeTargets } from '../../src/api/scrape-targets.js';
import { fleetAnswer } from '../../src/api/fleet-answer.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { spawnCli } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { json, latestOf, startStrangePeer } from '../helpers/strange-peer.js';

const NEVER = '0 0 1 1 *';
const PAIRS = Object.entries(FIRST_NAMES);

let database: TestDatabase;
let backend: TestBackend;

beforeAll(async () => {
  database = await createDatabase();
  backend = await startTestBackend({ ...database.env, FLY_REGION: 'lhr', SCHEDULE: NEVER });
});
afterAll(async () => {
  await backend.close();
  await database.drop();
});

/** Fields and the kind of each: what stays the same from one answer to the next. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, shapeOf(it)]));
}

describe.each(PAIRS)('%s and %s', (present, first) => {
  test.each([
    ['the answer', '', 'GET'],
    ['an unknown parameter', '?targt=primary', 'GET'],
    ['an unknown target', '?target=nobody', 'GET'],
    ['another method', '', 'POST'],
  ])('are the same: %s', async (_, query, method) => {
    const one = await backend.get(present + query, { method });
    const other = await backend.get(first + query, { method });
    expect(one.status).toBe(other.status);
    expect(shapeOf(one.body)).toEqual(shapeOf(other.body));
    for (const header of ['x-region', 'x-fly-region']) {
      expect([one.headers.get(header), other.headers.get(header)]).toEqual(['lhr', 'lhr']);
    }
  });

  test('are both in the OpenAPI document, and the first one is not deprecated', async () => {
    const { body } = await backend.get<{
      paths: Record<string, { get: Record<string, unknown> } | undefined>;
    }>('/openapi.json');
    const { summary, ...rest } = body.paths[present]?.get ?? {};
    expect(summary).toEqual(expect.any(String));
    expect(body.paths[first]?.get).toEqual({
      ...rest,
      summary: `The same as ${present}, under its first name`,
      deprecated: false,
    });
  });
});

describe('every error has the one shape', () => {
  test.each([
    [404, 'GET', '/nowhere'],
    [404, 'GET', '/api/rds/fleet'],
    [404, 'GET', '/api/latest?target=nobody'],
    [405, 'POST', '/api/health'],
    [405, 'DELETE', '/api/info/'],
    [405, 'PUT', '/API/Info'],
    [405, 'POST', '/'],
    [400, 'GET', '/api/info?x=1'],
    [400, 'GET', '/api/fleet/targets?x=1'],
    [400, 'GET', '/api/benchmark?iterations=0'],
  ])('%d %s %s', async (status, method, path) => {
    const answer = await backend.get(path, { method });
    expect(answer.status).toBe(status);
    expect(errorAnswer.strict().parse(answer.body)).toMatchObject({ region: 'lhr' });
  });

  const answerTo = (request: string): Promise<string> => {
    const socket = connect(Number(new URL(backend.url).port), '127.0.0.1').on(
      'error',
      () => undefined,
    );
    socket.write(request);
    return text(socket);
  };

  test('431 for HEAD with headers of 20 kB has no body', async () => {
    const request = `HEAD / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    const [head, body] = (await answerTo(request)).split('\r\n\r\n');
    expect([head?.split('\r\n')[0], body]).toEqual([
      'HTTP/1.1 431 Request Header Fields Too Large',
      '',
    ]);
  });

  test.each([
    [400, 'no HTTP at all', 'hello\r\n\r\n'],
    [431, 'headers of 20 kB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    [
      413,
      'chunk extensions of 20 kB',
      `POST /api/info HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n`,
    ],
  ])('%d for %s', async (status, _, request) => {
    const answer = await answerTo(request);
    // The route may have answered the head before its body turned out to be too large.
    const last = answer.slice(answer.lastIndexOf('HTTP/1.1 '));
    const [head = '', body = ''] = last.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('X-Region: lhr');
    expect(errorAnswer.strict().parse(JSON.parse(body))).toMatchObject({ region: 'lhr' });
  });
});

const withStatus = (res: ServerResponse, status: number) =>
  Object.assign(res, { statusCode: status });

/** It knows the first names only. */
const startOldPeer = () =>
  startStrangePeer((res, { url }) =>
    url?.startsWith('/api/rds/') === true
      ? json(latestOf('nrt', 261))(res)
      : json({ error: `there is no ${url ?? ''}`, region: 'nrt' })(withStatus(res, 404)),
  );

describe('a fleet that is updated machine by machine', () => {
  test('an older peer is in the table', async () => {
    const peer = await startOldPeer();
    const near = await startTestBackend({ FLY_REGION: 'lhr', PEERS: `nrt=${peer.origin}` });
    try {
      const { rows } = fleetAnswer.parse((await near.get('/api/fleet')).body);
      expect(rows[0]).toMatchObject({ region: 'nrt', state: 'ok', read_p50_ms: 261 });
      expect(peer.requests.map(({ url }) => url)).toEqual(['/api/latest', '/api/rds/latest']);
    } finally {
      await near.close();
      await peer.close();
    }
  });

  test('pglatency bench asks an older peer under the first name', async () => {
    const peer = await startStrangePeer((res, { url }) => {
      if (url?.startsWith('/api/rds/benchmark') !== true) {
        json({ error: 'there is no such path', region: 'nrt' })(withStatus(res, 404));
        return;
      }
      const error = { error: 'Database not configured', region: 'nrt' };
      json(error)(withStatus(res, 503));
    });
    const cli = spawnCli(['bench', '--url', `nrt=${peer.origin}`], {});
    await cli.ended;
    expect(cli.stdout()).toContain('Database not configured');
    await peer.close();
  });
});

describe('GET /api/fleet/targets', () => {
  test('is the fleet for Prometheus: the peers, and this backend as it was asked', async () => {
    const near = await startTestBackend({
      FLY_REGION: 'lhr',
      PEERS: 'nrt=http://127.0.0.1:9,https://127.0.0.2',
    });
    try {
      const { status, headers, body } = await near.get('/api/fleet/targets');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(scrapeTargets.parse(body)).toEqual([
        { targets: ['127.0.0.1:9'], labels: { fleet: 'pglatency', region: 'nrt' } },
        { targets: ['127.0.0.2:443'], labels: { fleet: 'pglatency', __scheme__: 'https' } },
        { targets: [new URL(near.url).host], labels: { fleet: 'pglatency', region: 'lhr' } },
      ]);
    } finally {
      await near.close();
    }
  });

  test('is an error while the peers cannot be looked up, so that Prometheus keeps its list', async () => {
    const near = await startTestBackend({ FLY_REGION: 'lhr', PEERS: 'dns:no-such-app-of-ours' });
    try {
      const { status, body } = await near.get('/api/fleet/targets');
      expect(status).toBe(503);
      expect(errorAnswer.parse(body).error).toContain('no-such-app-of-ours');
    } finally {
      await near.close();
    }
  });
});
