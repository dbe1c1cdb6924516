import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import pg from 'pg';
import { startAddressServer, type AddressServer } from '../helpers/address-server.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createConnector } from '../../src/probe/connection/connector.js';
import { BUILT_IN_OPERATIONS, NO_TLS, type Target } from '../../src/config/target.js';
import { until } from '../helpers/until.js';
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

function targetWith(change: Partial<Target>): Target {
  return {
    ...{ name: 'primary', mode: 'read-write', host: '127.0.0.1', port: server.port },
    ...{ user: server.user, password: server.password, database: 'postgres', tls: NO_TLS },
    ...{ operationTimeoutMs: DEADLINE_MS, operations: BUILT_IN_OPERATIONS, queries: [] },
    ...{ probeSchema: null, pooler: false, replicaOf: null },
    ...change,
  };
}

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

/** A server that asks for so many iterations, and then says nothing more. `asked`: called when it has. */
function asksFor(port: number, iterations: number, asked: () => void = () => undefined) {
  const message = (body: string, request: number) => {
    const bytes = Buffer.concat([Buffer.alloc(9, 'R'), Buffer.from(body, 'latin1')]);
    bytes.writeInt32BE(bytes.length - 1, 1);
    bytes.writeInt32BE(request, 5);
    return bytes;
  };
  return startAddressServer('127.0.0.1', port, {
    data: (socket, bytes) => {
      const [, nonce] = /r=([^,]+)/.exec(bytes.toString('latin1')) ?? [];
      if (nonce === undefined) return void socket.write(message('SCRAM-SHA-256\0\0', 10));
      socket.write(message(`r=${nonce}more,s=c2FsdHNhbHQ=,i=${iterations}`, 11));
      asked();
    },
  });
}

test('a server that asks for two billion iterations holds a processor for minutes', async () => {
  const port = await findFreePort();
  hostile = await asksFor(port, 2_147_483_647);
  const before = process.cpuUsage();
  const answer = await health({ DB_PORT: String(port), DB_USER: 'probe', DB_PASSWORD: 'secret' });
  expect(answer).toMatchObject({ status: 'error', reason: 'protocol' });
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(DEADLINE_MS);
});

test('servers that ask for a million iterations hold up the logins of all others', async () => {
  const port = await findFreePort();
  let asked = 0;
  hostile = await asksFor(port, 1_000_000, () => (asked += 1));
  const connector = createConnector({ program: 'pglatency/test', note: () => undefined });
  const open = (change: Partial<Target>) => {
    const target = targetWith({ operationTimeoutMs: DEADLINE_MS, ...change });
    return connector.open(target, 'schedule', AbortSignal.timeout(DEADLINE_MS));
  };
  const startupOf = async (user: string) => {
    const startups = [];
    for (let i = 0; i < 3; i++) {
      const connection = await open({ port: server.port, user, password: 'secret' });
      startups.push(connection.facts.phases.startupMs);
      await connection.close();
    }
    return Math.min(...startups);
  };
  const admin = new pg.Client(server.connection);
  await admin.connect();
  await admin.query(`SET scram_iterations = 4096; CREATE ROLE usual LOGIN PASSWORD 'secret';
    SET scram_iterations = 200000; CREATE ROLE slow LOGIN PASSWORD 'secret'`);
  await admin.end();

  const alone = { usual: await startupOf('usual'), slow: await startupOf('slow') };
  const hostiles = Array.from({ length: 6 }, (_, i) =>
    open({ name: `h${i}`, port, user: `h${i}` }),
  );
  const ends = Promise.allSettled(hostiles);
  await until(() => asked === hostiles.length, { what: 'six requests for a million iterations' });
  // Whoever asks for many waits for its turn, which is no time of the server's.
  const beside = { usual: await startupOf('usual'), slow: await startupOf('slow') };
  expect(beside.usual).toBeLessThan(alone.usual + 200);
  expect(beside.slow).toBeLessThan(3 * alone.slow + 200);
  expect((await ends).every(({ status }) => status === 'rejected')).toBe(true);
  connector.close();
});
