import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { runCli, spawnCli } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { until } from '../helpers/until.js';

const TOKEN = 'a-token-of-sixteen-or-more';
const NEVER = '0 0 1 1 *';
const RUN = '/api/rds/benchmark?iterations=1';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let database: TestDatabase;
let backend: TestBackend;

beforeAll(async () => {
  database = await createDatabase();
  backend = await startTestBackend({
    ...database.env,
    SCHEDULE: NEVER,
    ALLOWED_HOSTS: 'pglatency.example.com,*.example.org',
  });
});

afterAll(async () => {
  await backend.close();
  await database.drop();
});

/** By node:http: fetch takes neither Host nor Sec-Fetch-Site from its caller. */
function send(
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', to = backend }: { method?: string; to?: TestBackend } = {},
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    request(to.url + path, { method, headers, agent: false }, (res) => {
      let body = '';
      res.on('data', (chunk: Buffer) => (body += chunk.toString()));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body, headers: res.headers }));
    })
      .on('error', reject)
      .end();
  });
}

const runs = () => backend.metric('pglatency_runs_total', { trigger: 'request' });

describe('a run is started', () => {
  test.each([
    ['GET, by curl', 'GET', {}],
    ['POST, by curl', 'POST', {}],
    ['POST, by the page, over plain http', 'POST', { 'user-agent': FIREFOX, origin: 'http://own' }],
    ['POST, by the page', 'POST', { 'user-agent': FIREFOX, 'sec-fetch-site': 'same-origin' }],
    ['GET, by hand in a browser', 'GET', { 'user-agent': FIREFOX, 'sec-fetch-site': 'none' }],
    ['POST, behind a proxy', 'POST', { origin: 'https://pglatency.example.com' }],
  ])('by %s', async (_who, method, headers) => {
    const before = Number(await runs());
    const own = {
      ...headers,
      ...('origin' in headers && headers.origin === 'http://own' && { origin: backend.url }),
    };
    expect(await send(RUN, own as Record<string, string>, { method })).toMatchObject({
      status: 200,
    });
    expect(await runs()).toBe(before + 1);
  });
});

describe('no run is started', () => {
  test.each([
    ['an image of another site', 'GET', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour on another port', 'GET', { 'sec-fetch-site': 'same-site' }],
    ['a form of another site', 'POST', { origin: 'http://evil.example' }],
    ['a sandboxed frame', 'POST', { origin: 'null' }],
    ['an image of another site over plain http', 'GET', { 'user-agent': FIREFOX }],
    ['a prefetch', 'GET', { 'sec-fetch-site': 'same-origin', 'sec-purpose': 'prefetch;prerender' }],
    ["an old browser's prefetch", 'GET', { purpose: 'prefetch' }],
  ])('for %s', async (_who, method, headers) => {
    const before = await runs();
    const { status, body } = await send(RUN, headers, {
      method,
    });
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({
      region: 'local',
      error: expect.any(String) as string,
    });
    const health = await send('/api/health', headers);
    expect(health.status).toBe(403);
    expect(await runs()).toBe(before);
  });

  test('by HEAD and by other methods, which are told what is allowed', async () => {
    const before = await runs();
    for (const method of ['HEAD', 'PUT', 'DELETE']) {
      const { status, headers } = await send(RUN, {}, { method });
      expect(status).toBe(405);
      expect(headers.allow).toBe('GET, POST');
    }
    expect(await runs()).toBe(before);
  });
});

describe('a name', () => {
  test.each(['rebind.example', 'evil.com:8080', '169.254.169.254.nip.io'])(
    '%s is not its own: nothing is read',
    async (host) => {
      for (const path of ['/', '/api/latest', '/metrics', RUN]) {
        const { status, body } = await send(path, { host });
        expect(status).toBe(421);
        expect(body).toContain('add it to ALLOWED_HOSTS');
      }
      expect((await send('/healthz', { host })).status).toBe(200);
    },
  );

  test.each([
    ...['127.0.0.1', '[::1]:8080', '10.0.0.1', 'localhost:8080', 'lhr:8080'],
    ...[
      'lhr.pglatency.internal',
      'pglatency.monitoring.svc',
      'Pglatency.Example.Com',
      'a.example.org',
    ],
  ])('%s is its own', async (host) => {
    expect((await send('/api/info', { host })).status).toBe(200);
  });
});

describe('without a token', () => {
  test('a start on every address says so loudly; REQUIRE_TOKEN=true refuses it', async () => {
    const cli = spawnCli(['serve'], { PORT: '0' });
    try {
      await cli.listening();
      const line = await until(() =>
        cli.logs().find(({ msg }) => String(msg).startsWith('ANYBODY')),
      );
      expect(line).toMatchObject({ level: 'warn' });
      expect(cli.logs().find(({ msg }) => msg === 'listening')).toMatchObject({
        listens_on: 'all addresses',
      });
    } finally {
      cli.kill('SIGKILL');
      await cli.ended;
    }
    const refused = await runCli(['serve'], { PORT: '0', REQUIRE_TOKEN: 'true' });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('API_TOKEN: expected a token, because REQUIRE_TOKEN=true');
  });
});

describe('behind a proxy', () => {
  let proxied: TestBackend;

  beforeAll(async () => {
    proxied = await startTestBackend({
      API_TOKEN: TOKEN,
      TRUST_PROXY: 'loopback',
      BASE_PATH: '/pglatency',
    });
  });

  afterAll(() => proxied.close());

  const from = (address: string, more = {}) => ({ 'x-forwarded-for': address, ...more });

  test('each client has a rate limit of its own, and one with the token has none', async () => {
    const ask = (headers: Record<string, string>) => send('/api/health', headers, { to: proxied });
    const bearer = { authorization: `Bearer ${TOKEN}` };
    const statuses = new Set<number>();
    for (let i = 0; i < 62; i++) statuses.add((await ask(from('203.0.113.7'))).status);
    expect(statuses).toEqual(new Set([401, 429]));
    expect((await ask(from('203.0.113.8'))).status).toBe(401);
    for (let i = 0; i < 62; i++) expect((await ask(from('203.0.113.7', bearer))).status).toBe(200);
  });

  test('nothing is said of TLS, which is the proxy’s', async () => {
    const { headers } = await send('/api/info', {}, { to: proxied });
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  test('the page works below a path, and at the root', async () => {
    const bare = await send('/pglatency?x', {}, { to: proxied });
    expect(bare).toMatchObject({ status: 308, headers: { location: '/pglatency/?x' } });
    for (const base of ['/pglatency/', '/']) {
      const { body } = await send(base, {}, { to: proxied });
      const addresses = [...body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, it]) => it ?? '');
      expect(addresses.length).toBeGreaterThan(10);
      for (const address of addresses) {
        expect(address).not.toMatch(/^\//);
        // Compiled by the build alone.
        if (address.endsWith('.js')) continue;
        const { status } = await send(base + address, {}, { to: proxied });
        expect(`${address} ${status}`).toBe(`${address} 200`);
      }
    }
    expect((await send('/pglatencyx', {}, { to: proxied })).status).toBe(404);
  });
});

describe('a forwarded address without TRUST_PROXY', () => {
  test('is not believed, and the log stays JSON', async () => {
    const cli = spawnCli(['serve'], { LISTEN_HOST: '127.0.0.1', PORT: '0' });
    try {
      const url = await cli.listening();
      let last = 0;
      for (let i = 0; i < 62; i++) {
        const headers = { 'x-forwarded-for': `203.0.113.${i}` };
        last = (await fetch(`${url}/api/health`, { headers })).status;
      }
      expect(last).toBe(429);
      expect(cli.stderr()).toBe('');
      expect(cli.stdout().trimEnd().split('\n')).toHaveLength(cli.logs().length);
    } finally {
      cli.kill('SIGKILL');
      await cli.ended;
    }
  });
});

describe('settings', () => {
  test.each([
    ['TRUST_PROXY', 'yes', 'true, false, a number of proxies'],
    ['TRUST_PROXY', '10.0.0.0/33', 'true, false, a number of proxies'],
    ['TRUST_PROXY', '99', 'true, false, a number of proxies'],
    ['ALLOWED_HOSTS', 'https://a.example', 'names, without scheme and port'],
    ['BASE_PATH', 'pglatency/', 'a path such as /pglatency'],
    ['REQUIRE_TOKEN', 'yes', 'one of true, false'],
  ])('%s=%s is refused, with what is allowed', async (name, value, allowed) => {
    const { code, stderr } = await runCli(['config', '--check'], { [name]: value });
    expect(code).toBe(1);
    expect(stderr).toContain(`${name}: ${JSON.stringify(value)} is not allowed; expected`);
    expect(stderr).toContain(allowed);
  });
});
