import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import type { LatestAnswer } from '../../src/api/answers.js';
import { certificateFor } from '../helpers/certificate.js';
import { nextSuccess, startTestBackend, type TestBackend } from '../helpers/backend.js';

const SERVER_NAME = 'database.example.com';

let server: EmbeddedPostgres;
let folder: string;
let caFile: string;
let endsAtMs: number;
let backend: TestBackend | undefined;

beforeAll(async () => {
  const { cert, key } = await certificateFor(SERVER_NAME);
  endsAtMs = Date.parse(new X509Certificate(cert).validTo);
  server = await startEmbeddedPostgres({
    settings: { ssl: 'on' },
    files: { 'server.crt': cert, 'server.key': key },
    hba: ['hostssl all all all scram-sha-256', 'host all all all reject'],
  });
  folder = await mkdtemp(join(tmpdir(), 'pglatency-test-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, cert);
});

afterEach(async () => {
  await backend?.close();
});

afterAll(async () => {
  await server.dispose();
  await rm(folder, { recursive: true });
});

async function benchmark(env: Record<string, string>) {
  backend = await startTestBackend({
    DB_HOST: server.host,
    DB_PORT: String(server.port),
    DB_USER: server.user,
    DB_PASSWORD: server.password,
    DB_NAME: 'postgres',
    SCHEDULE: '0 0 1 1 *',
    ...env,
  });
  return backend.get('/api/rds/benchmark?iterations=1');
}

const SUCCESS = { status: 200, body: { outcome: 'success' } };

test('require: encrypted, whoever the server is', async () => {
  expect(await benchmark({ DB_SSLMODE: 'require' })).toMatchObject(SUCCESS);
});

test('verify-full through an IP address, with the name that the certificate bears', async () => {
  const env = { DB_CA_FILE: caFile, DB_TLS_SERVERNAME: SERVER_NAME };
  expect(await benchmark(env)).toMatchObject(SUCCESS);
});

test('tells how the connection was encrypted, in how long, and when the certificate ends', async () => {
  await benchmark({ DB_SSLMODE: 'require', SCHEDULE: '* * * * * *', ITERATIONS: '1' });
  const it = backend as TestBackend;
  await nextSuccess(it);
  const { body } = await it.get<LatestAnswer>('/api/rds/latest');
  const [run] = body.runs;
  const connection = run?.connection;
  expect(connection).toMatchObject({
    ...{ dns_ms: null, address: '127.0.0.1', tls_version: 'TLSv1.3' },
    certificate_not_after: new Date(endsAtMs).toISOString().replace('.000', ''),
  });
  const { tcp_ms = NaN, tls_ms = null, startup_ms = NaN } = connection ?? {};
  const sum = tcp_ms + (tls_ms ?? NaN) + startup_ms;
  expect(Math.abs(sum - (run?.operations.connect.p50_ms ?? NaN))).toBeLessThan(1);
  expect(await it.metric('pglatency_tls_certificate_not_after_timestamp_seconds')).toBe(
    endsAtMs / 1_000,
  );
  expect(
    await it.metric('pglatency_last_run_connect_phase_seconds', { phase: 'tls' }),
  ).toBeGreaterThan(0);
});

test('verify-full through an IP address without that name: tls', async () => {
  const answer = await benchmark({ DB_CA_FILE: caFile });
  expect(answer).toMatchObject({ status: 502, body: { reason: 'tls' } });
});

test('verify-full with an authority that did not sign (the default ones): tls', async () => {
  const answer = await benchmark({ DB_TLS_SERVERNAME: SERVER_NAME });
  expect(answer).toMatchObject({ status: 502, body: { reason: 'tls' } });
});

test('disable, where the server demands TLS: auth, with what it says', async () => {
  const answer = await benchmark({ DB_SSLMODE: 'disable' });
  expect(answer).toMatchObject({ status: 502, body: { reason: 'auth' } });
  expect(answer.body.error).toContain('pg_hba.conf');
});
