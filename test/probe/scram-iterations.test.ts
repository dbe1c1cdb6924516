import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import pg from 'pg';
import { startAddressServer, type AddressServer } from '../helpers/address-server.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { findFreePort } from '../../src/lab/ports.js';

let server: EmbeddedPostgres;
let backend: TestBackend | undefined;
let hostile: AddressServer | undefined;

beforeAll(async () => {
  server = await startEmbeddedPostgres();
});

afterEach(async () => {
  await backend?.close();
  await hostile?.close();
  backend = hostile = undefined;
});

afterAll(() => server.dispose());

const DEADLINE_MS = 5_000;

async function health(env: Record<string, string>) {
  backend = await startTestBackend({
    DB_HOST: '127.0.0.1',
    DB_SSLMODE: 'disable',
    DB_NAME: 'postgres',
    SCHEDULE: '0 0 1 1 *',
    OPERATION_TIMEOUT_MS: String(DEADLINE_MS),
    ...env,
  });
  return (await backend.get('/api/rds/health')).body;
}

test("more iterations than node-postgres's own limit of 100,000 are refused", async () => {
  const admin = new pg.Client(server.connection);
  await admin.connect();
  await admin.query(`SET scram_iterations = 300000; CREATE ROLE careful LOGIN PASSWORD 'secret'`);
  await admin.end();
  const env = { DB_PORT: String(server.port), DB_USER: 'careful', DB_PASSWORD: 'secret' };
  expect(await health(env)).toMatchObject({ status: 'connected' });
});

test('a server that asks for two billion iterations holds a processor for minutes', async () => {
  const port = await findFreePort();
  const message = (body: string, request: number) => {
    const bytes = Buffer.concat([Buffer.alloc(9, 'R'), Buffer.from(body, 'latin1')]);
    bytes.writeInt32BE(bytes.length - 1, 1);
    bytes.writeInt32BE(request, 5);
    return bytes;
  };
  hostile = await startAddressServer('127.0.0.1', port, {
    data: (socket, bytes) => {
      const [, nonce] = /r=([^,]+)/.exec(bytes.toString('latin1')) ?? [];
      socket.write(
        nonce === undefined
          ? message('SCRAM-SHA-256\0\0', 10)
          : message(`r=${nonce}more,s=c2FsdHNhbHQ=,i=2147483647`, 11),
      );
    },
  });
  const before = process.cpuUsage();
  const answer = await health({ DB_PORT: String(port), DB_USER: 'probe', DB_PASSWORD: 'secret' });
  expect(answer).toMatchObject({ status: 'error', reason: 'protocol' });
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(DEADLINE_MS);
});
