import { readFile } from 'node:fs/promises';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { toFailure } from '../../src/probe/results/failure.js';
import { createConnector, type Connector } from '../../src/probe/connection/connector.js';
import type { Resolver } from '../../src/probe/connection/resolve.js';
import { BUILT_IN_OPERATIONS, NO_TLS, type SslMode, type Target } from '../../src/config/target.js';
import {
  startAddressServer,
  type AddressServer,
  type Behaviour,
} from '../helpers/address-server.js';
import { startSlowHandshake } from '../helpers/slow-handshake.js';
import { until } from '../helpers/until.js';

/** A name with several addresses; the database listens on the last. */
const FIRST = '127.0.0.2';
const SECOND = '127.0.0.3';
const DATABASE = '127.0.0.1';
/** Nobody listens there. */
const CLOSED = '127.0.0.4';
const DEADLINE_MS = 3_000;

let server: EmbeddedPostgres;
let connector: Connector;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'db.example.com' }]);
  server = await startEmbeddedPostgres({
    settings: { ssl: 'on' },
    files: { 'server.crt': cert, 'server.key': key },
  });
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

afterAll(async () => {
  await server.dispose();
});

function targetWith(change: Partial<Target> = {}): Target {
  return {
    ...{ name: 'primary', mode: 'read-write', host: 'several.test', port: server.port },
    ...{ user: server.user, password: server.password, database: 'postgres', tls: NO_TLS },
    ...{ operationTimeoutMs: DEADLINE_MS, operations: BUILT_IN_OPERATIONS, queries: [] },
    ...{ probeSchema: null, pooler: false, replicaOf: null },
    ...change,
  };
}

const withTls = (mode: SslMode) => targetWith({ tls: { ...NO_TLS, mode } });

function connectTo(...addresses: string[]) {
  const resolver: Resolver = {
    resolve: () => Promise.resolve({ addresses, durationMs: 0 }),
    close: () => undefined,
  };
  const made = createConnector({ program: 'pglatency/test', note: () => undefined, resolver });
  connector = made;
  cleanups.push(() => made.close());
}

async function open(target = targetWith()) {
  const interrupted = AbortSignal.timeout(target.operationTimeoutMs);
  const connection = await connector.open(target, 'schedule', interrupted);
  const { rows } = await connection.ask([{ text: 'SELECT 1' }]);
  expect(rows).toEqual([['1']]);
  await connection.close();
  return connection;
}

async function strangeServer(behaviour?: Behaviour, host = FIRST): Promise<AddressServer> {
  const started = await startAddressServer(host, server.port, behaviour);
  cleanups.push(() => started.close());
  return started;
}

const message = (type: string, body: Buffer | string) => {
  const bytes = Buffer.from(body as string);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length + 4);
  return Buffer.concat([Buffer.from(type), length, bytes]);
};
const AUTHENTICATED = message('R', Buffer.alloc(4));
const refusal = (code: string, text: string) =>
  message('E', `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
const answer = (bytes: Buffer | string): Behaviour => ({ data: (socket) => socket.write(bytes) });

/** A fatal alert, `internal_error`, of TLS 1.2. */
const TLS_ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 80]);
const isTlsRequest = (bytes: Buffer) => bytes.length === 8;

describe('the first address of a name fails, and the next one is not tried', () => {
  const plain: [string, Behaviour, string][] = [
    ['hangs before it has said anything', {}, 'timeout'],
    ['hangs after the login', answer(AUTHENTICATED), 'timeout'],
    ['takes the connection and ends it', { open: (socket) => socket.end() }, 'terminated'],
    ['resets the login', { data: (socket) => socket.resetAndDestroy() }, 'terminated'],
    ['speaks HTTP', answer('HTTP/1.1 400 Bad Request\r\n\r\n'), 'protocol'],
    ['sends a malformed message', answer(message('R', 'x')), 'protocol'],
  ];
  test.each(plain)('one that %s', async (_, behaviour, reason) => {
    await strangeServer(behaviour);
    connectTo(FIRST, DATABASE);
    expectNext(await open(), reason);
  });

  const encrypted: [string, SslMode, Behaviour, string][] = [
    ['hangs when it is asked for TLS', 'require', {}, 'timeout'],
    ['hangs in the TLS handshake', 'require', tlsThen(() => undefined), 'timeout'],
    ['resets the TLS handshake', 'require', tlsThen((it) => it.resetAndDestroy()), 'tls'],
    ['answers it with an alert', 'require', tlsThen((it) => it.write(TLS_ALERT)), 'tls'],
    ['answers the request for TLS with HTTP', 'require', answer('HTTP/1.1 400'), 'protocol'],
    ['hangs where TLS is preferred', 'prefer', tlsThen(() => undefined), 'timeout'],
  ];
  test.each(encrypted)('one that %s (%s)', async (_, mode, behaviour, reason) => {
    await strangeServer(behaviour);
    connectTo(FIRST, DATABASE);
    const connection = await open(withTls(mode));
    expectNext(connection, reason);
    expect(connection.facts.tlsVersion).toBe('TLSv1.3');
  });

  function tlsThen(then: (socket: Parameters<NonNullable<Behaviour['open']>>[0]) => unknown) {
    return {
      data: (socket, bytes) => (isTlsRequest(bytes) ? socket.write('S') : then(socket)),
    } satisfies Behaviour;
  }

  test('one that is closed, and one that drops every packet', async () => {
    const slow = await startSlowHandshake(SECOND, server.port, server);
    cleanups.push(() => slow.close());
    connectTo(CLOSED, SECOND, DATABASE);
    const connection = await open();
    expect(connection.failedAttempts.map(({ reason }) => reason)).toEqual(['refused', 'timeout']);
    expect(connection.facts.address).toBe(DATABASE);
  });

  function expectNext(connection: Awaited<ReturnType<typeof open>>, reason: string) {
    const { facts, connectMs, failedAttempts } = connection;
    expect(failedAttempts).toEqual([
      { ok: false, reason, message: expect.stringMatching(`^${FIRST}: `) as string },
    ]);
    expect(facts.address).toBe(DATABASE);
    // The time of the attempt that succeeded: an address that hangs costs half the deadline.
    expect(connectMs).toBeLessThan(DEADLINE_MS / 2);
  }
});

describe('the first address answers, and the next one is tried all the same', () => {
  const refusals: [string, string, string][] = [
    ['a password that is wrong', '28P01', 'auth'],
    ['a database that does not exist', '3D000', 'missing_database'],
    ['too many connections', '53300', 'too_many_connections'],
    ['a server that is starting up', '57P03', 'refused'],
  ];
  test.each(refusals)('%s', async (text, code, reason) => {
    await strangeServer({ data: (socket) => socket.end(refusal(code, text)) });
    connectTo(FIRST, DATABASE);
    expect(await failureOf(open())).toMatchObject({ reason, message: text });
  });

  test('a request for Kerberos', async () => {
    await strangeServer(answer(message('R', Buffer.from([0, 0, 0, 7]))));
    connectTo(FIRST, DATABASE);
    expect(await failureOf(open())).toMatchObject({ reason: 'auth' });
  });

  test('a server that has no TLS, where it is required', async () => {
    await strangeServer(answer('N'));
    connectTo(FIRST, DATABASE);
    expect(await failureOf(open(withTls('require')))).toMatchObject({ reason: 'tls' });
  });

  test('a certificate that is not trusted', async () => {
    const next = await strangeServer({}, FIRST);
    connectTo(DATABASE, FIRST);
    expect(await failureOf(open(withTls('verify-full')))).toMatchObject({ reason: 'tls' });
    expect(next.connections()).toBe(0);
  });
});

test('every address fails: the error hides what the first ones said', async () => {
  await strangeServer(answer('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await strangeServer({ open: (socket) => socket.end() }, SECOND);
  connectTo(CLOSED, FIRST, SECOND);
  const failure = await failureOf(open());
  expect(failure).toMatchObject({ reason: 'terminated' });
  expect(failure.message).toMatch(
    new RegExp(`^${CLOSED}: .*ECONNREFUSED.*; ${FIRST}: .*PostgreSQL.*; ${SECOND}: .`),
  );
});

test('an address whose first packet is lost is given up for the next', async () => {
  const slow = await startSlowHandshake(FIRST, server.port, server);
  cleanups.push(() => slow.close());
  connectTo(FIRST, DATABASE);
  const before = await handshakesUnderWay();
  const opening = open(targetWith({ operationTimeoutMs: 20_000 }));
  await until(async () => (await handshakesUnderWay()) > before, { what: 'the first packet' });
  slow.wake();
  const { facts, failedAttempts, connectMs } = await opening;
  expect(failedAttempts).toEqual([]);
  expect(facts.address).toBe(FIRST);
  // TCP sends it again after a second.
  expect(facts.phases.tcpMs).toBeGreaterThan(800);
  expect(connectMs).toBeCloseTo(facts.phases.tcpMs + facts.phases.startupMs);
});

test('addresses that hang take every slot, until none is left for the one that works', async () => {
  const hanging = [
    await strangeServer(answer(AUTHENTICATED)),
    await strangeServer(answer(AUTHENTICATED), SECOND),
  ];
  connectTo(FIRST, SECOND, DATABASE);
  for (let i = 0; i < 4; i++) {
    const { facts, failedAttempts } = await open();
    expect(facts.address).toBe(DATABASE);
    expect(failedAttempts.map(({ reason }) => reason)).toEqual(['timeout', 'timeout']);
  }
  expect(hanging.map((it) => it.connections())).toEqual([1, 1]);
});

async function failureOf(opening: Promise<unknown>) {
  const error: unknown = await opening.then(
    () => expect.fail('it connected'),
    (reason: unknown) => reason,
  );
  return toFailure(error);
}

/** Connections of this machine to FIRST whose first packet has not been answered. See proc(5). */
async function handshakesUnderWay(): Promise<number> {
  const [, ...lines] = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n');
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields.filter(([, , to, state]) => to?.startsWith('0200007F:') && state === '02').length;
}
