import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { SESSION_ATTRIBUTES, type Target, type TargetMode } from '../../src/config/target.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startEmbeddedReplica } from '../../src/lab/embedded-replica.js';
import { createConnector, type Connector } from '../../src/probe/connection/connector.js';
import { createResolver, type Resolver } from '../../src/probe/connection/resolve.js';
import { ProbeError, toFailure } from '../../src/probe/results/failure.js';
import type { Trigger } from '../../src/probe/results/result.js';
import { certificateFor } from '../helpers/certificate.js';
import { refusal, startAddressServer, type Behaviour } from '../helpers/address-server.js';
import { startForgetfulServer } from '../helpers/forgetful-server.js';
import { sessionsOn } from '../helpers/sessions.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

const DOWN = '127.0.0.4'; // Nobody listens there.
const STRANGE = '127.0.0.2';
const DEADLINE_MS = 4_000;

let primary: EmbeddedPostgres;
let standby: EmbeddedPostgres;
let folder: string;
let ca: string;
let connector: Connector;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-hosts-'));
  const { cert, key } = await certificateFor('localhost');
  ca = file('ca.pem', cert);
  primary = await startEmbeddedPostgres({
    settings: { ssl: 'on' },
    files: { 'server.crt': cert, 'server.key': key },
  });
  standby = await startEmbeddedReplica(primary, { settings: { ssl: 'on' } });
}, 60_000);

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

afterAll(async () => {
  await standby.dispose();
  await primary.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const P = () => `127.0.0.1:${primary.port}`;
const S = () => `127.0.0.1:${standby.port}`;
const D = () => `${DOWN}:${primary.port}`;

/** `down standby primary` as the hosts of a URL. */
function placesOf(names: string): string {
  const places: Readonly<Record<string, string>> = { down: D(), standby: S(), primary: P() };
  return names
    .split(' ')
    .map((name) => places[name])
    .join(',');
}

/** The target that a connection string describes. */
function targetOf(hosts: string, query = '', mode: TargetMode = 'read-write'): Target {
  const url = `postgresql://${primary.user}:${encodeURIComponent(primary.password)}@${hosts}/postgres?${query}`;
  return targetOfUrl(url, mode);
}

function targetOfUrl(url: string, mode: TargetMode = 'read-write'): Target {
  const targets = file(`${mode}.yaml`, `targets: [{ name: main, mode: ${mode}, url_env: MAIN }]`);
  const env = {
    MAIN: url,
    TARGETS_FILE: targets,
    DB_HOST: 'h',
    OPERATION_TIMEOUT_MS: `${DEADLINE_MS}`,
  };
  const found = loadConfig(env).targets.find(({ name }) => name === 'main');
  if (found === undefined) throw new Error('the target is missing');
  return found;
}

/** `unknown.test` has no address, and the other names are the machine's own. */
function connect(): Connector {
  const system = createResolver();
  const resolver: Resolver = {
    resolve: (host, interrupted) =>
      host === 'unknown.test'
        ? Promise.reject(new ProbeError('dns', `the name ${host} has no address`))
        : system.resolve(host, interrupted),
    close: system.close,
  };
  const made = createConnector({ program: 'pglatency/test', note: () => undefined, resolver });
  connector = made;
  cleanups.push(() => made.close());
  return made;
}

async function open(target: Target, kind: Trigger = 'schedule') {
  const interrupted = AbortSignal.timeout(target.operationTimeoutMs);
  const connection = await connector.open(target, kind, interrupted);
  cleanups.push(() => connection.close());
  const { rows } = await connection.ask([{ text: 'SELECT pg_is_in_recovery()' }]);
  return { connection, server: rows[0]?.[0] === 't' ? 'standby' : 'primary' };
}

async function failureOf(target: Target) {
  const error: unknown = await open(target).then(
    () => expect.fail('it connected'),
    (reason: unknown) => reason,
  );
  return toFailure(error);
}

/** Our sessions on both servers. */
const sessions = () => sessionsOn([primary, standby], 'pglatency/test');

async function strangeServer(behaviour?: Behaviour) {
  const started = await startAddressServer(STRANGE, primary.port, behaviour);
  cleanups.push(() => started.close());
  return { ...started, place: `${STRANGE}:${primary.port}` };
}

describe('the first host that is as asked for', () => {
  const cases: [string, string, TargetMode, string, string[]][] = [
    ['any', 'down primary standby', 'read-write', 'primary', ['refused']],
    ['any', 'standby primary', 'read-only', 'standby', []],
    ['read-write', 'standby primary', 'read-write', 'primary', []],
    ['read-write', 'down standby primary', 'read-write', 'primary', ['refused']],
    ['primary', 'standby primary', 'read-write', 'primary', []],
    ['primary', 'standby primary', 'read-only', 'primary', []],
    ['read-only', 'primary standby', 'read-only', 'standby', []],
    ['standby', 'primary down standby', 'read-only', 'standby', ['refused']],
    ['prefer-standby', 'primary standby', 'read-only', 'standby', []],
    ['prefer-standby', 'down primary', 'read-only', 'primary', ['refused']],
    ['prefer-standby', 'primary', 'read-only', 'primary', []],
  ];
  test.each(cases)('%s of %s, %s', async (attributes, hosts, mode, expected, failed) => {
    connect();
    const target = targetOf(placesOf(hosts), `target_session_attrs=${attributes}`, mode);
    const { connection, server } = await open(target);
    expect(server).toBe(expected);
    expect(connection.failedAttempts.map(({ reason }) => reason)).toEqual(failed);
    const { tcpMs, tlsMs, startupMs } = connection.facts.phases;
    expect(connection.connectMs).toBeCloseTo(tcpMs + (tlsMs ?? 0) + startupMs);
    // One that is not as asked for is not kept.
    expect(await sessions()).toBe(1);
  });

  test('keywords, hostaddr, and one port for all', async () => {
    connect();
    const text = `host=a.test,b.test hostaddr=${DOWN},127.0.0.1 port=${primary.port} user=${primary.user} password=${primary.password} dbname=postgres`;
    expect(await open(targetOfUrl(text))).toMatchObject({ server: 'primary' });
  });

  test('a role that writes nothing is read-only on a primary too', async () => {
    connect();
    const options = 'options=-c%20default_transaction_read_only%3Don';
    const writing = targetOf(P(), `target_session_attrs=read-write&${options}`);
    expect(await failureOf(writing)).toMatchObject({
      reason: 'read_only',
      message: expect.stringContaining('the session is read-only') as string,
    });
    const reading = targetOf(P(), `target_session_attrs=read-only&${options}`, 'read-only');
    expect(await open(reading)).toMatchObject({ server: 'primary' });
  });

  test('a server that does not say what it is, is asked, and told goodbye', async () => {
    connect();
    const old = await Promise.all(
      [standby, primary].map((server) =>
        startForgetfulServer(server, ['in_hot_standby', 'default_transaction_read_only']),
      ),
    );
    cleanups.push(...old.map((it) => () => it.close()));
    const hosts = old.map(({ port }) => `127.0.0.1:${port}`);
    for (const attributes of ['read-write', 'primary']) {
      const target = targetOf(hosts.join(), `sslmode=disable&target_session_attrs=${attributes}`);
      expect(await open(target)).toMatchObject({ server: 'primary' });
    }
    for (const attributes of ['read-only', 'standby', 'prefer-standby']) {
      const query = `sslmode=disable&target_session_attrs=${attributes}`;
      const target = targetOf([...hosts].reverse().join(), query, 'read-only');
      expect(await open(target)).toMatchObject({ server: 'standby' });
    }
    expect(old.map((it) => it.goodbyes())).toEqual([2, 3]);
  });
});

/** Each is read by psql and by us. */
describe('as libpq chooses', () => {
  const all = ['down standby primary', 'primary standby'].flatMap((hosts) =>
    SESSION_ATTRIBUTES.map((attributes) => [hosts, attributes] as const),
  );
  test.for(all)('%s: %s', async ([hosts, attributes], context) => {
    requireTool(context, 'psql', 'postgresql-client');
    connect();
    const target = targetOf(placesOf(hosts), `target_session_attrs=${attributes}`, 'read-only');
    const { server } = await open(target);
    const url = `postgresql://${primary.user}:${primary.password}@${placesOf(hosts)}/postgres?target_session_attrs=${attributes}`;
    const { stdout, stderr } = spawnSync(
      'psql',
      ['-XAtw', url, '-c', 'SELECT pg_is_in_recovery()'],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(stdout.trim() === 't' ? 'standby' : 'primary').toBe(server);
  });
});

describe('the next host is tried after', () => {
  test.each<[string, Behaviour, string]>([
    [
      'a server that is not ready',
      refusal('57P03', 'the database system is starting up'),
      'refused',
    ],
    ['one that hangs', {}, 'timeout'],
    ['one that breaks off', { open: (socket) => socket.end() }, 'terminated'],
  ])('%s', async (_, behaviour, reason) => {
    connect();
    const { place } = await strangeServer(behaviour);
    const { connection } = await open(targetOf(`${place},${P()}`, 'sslmode=disable'));
    expect(connection.failedAttempts).toMatchObject([
      { reason, message: expect.stringMatching(`^${place}`) as string },
    ]);
    expect(connection.connectMs).toBeLessThan(DEADLINE_MS / 4);
  });

  test('a name that has no address', async () => {
    connect();
    const { connection } = await open(targetOf(`unknown.test,${P()}`));
    expect(connection.failedAttempts).toMatchObject([{ reason: 'dns' }]);
  });
});

describe('the next host is not tried after', () => {
  test('a password that is refused', async () => {
    connect();
    const { place } = await strangeServer(refusal('28P01', 'password authentication failed'));
    const failure = await failureOf(targetOf(`${place},${P()}`, 'sslmode=disable'));
    expect(failure).toMatchObject({
      reason: 'auth',
      message: `${place}: password authentication failed`,
    });
  });

  test('a certificate for another name', async () => {
    connect();
    const query = `sslmode=verify-full&sslrootcert=${ca}`;
    const hosts = `127.0.0.1:${primary.port},localhost:${primary.port}`;
    expect(await failureOf(targetOf(hosts, query))).toMatchObject({ reason: 'tls' });
  });
});

test('each host has its own name in TLS, and its own line in the password file', async () => {
  connect();
  const passfile = file(
    'pgpass',
    `other.test:*:*:*:wrong\nlocalhost:${primary.port}:*:*:${primary.password}\n`,
  );
  const text = `host=other.test,localhost hostaddr=${DOWN},127.0.0.1 port=${primary.port} user=${primary.user} dbname=postgres sslmode=verify-full sslrootcert=${ca} passfile=${passfile}`;
  const { connection } = await open(targetOfUrl(text));
  expect(connection.facts.tlsVersion).toBe('TLSv1.3');
});

test('none is as asked for: what each of them said', async () => {
  connect();
  const target = targetOf(`${S()},${D()}`, 'target_session_attrs=primary');
  const { reason, message } = await failureOf(target);
  expect(reason).toBe('refused');
  expect(message).toContain(`${S()}: the server is a standby, and target_session_attrs=primary`);
  expect(message).toContain(`; ${D()}: `);
  expect(message).not.toContain(primary.password);
});

test('a standby comes first where any host will do: it is not written to', async () => {
  connect();
  expect(await failureOf(targetOf(`${S()},${P()}`))).toMatchObject({ reason: 'read_only' });
});

test('load_balance_hosts=random comes to each host', async () => {
  connect();
  const target = targetOf(`${P()},${S()}`, 'load_balance_hosts=random', 'read-only');
  const seen = new Set<string>();
  await until(
    async () => {
      const { connection, server } = await open(target);
      await connection.close();
      return seen.add(server).size === 2;
    },
    { what: 'a connection to each host' },
  );
});

test('connect_timeout ends an attempt, also at the only host', async () => {
  connect();
  const { place } = await strangeServer();
  const startedAt = performance.now();
  const failure = await failureOf(targetOf(place, 'sslmode=disable&connect_timeout=1'));
  expect(failure).toMatchObject({ reason: 'timeout', message: 'no answer within 1000 ms' });
  expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS / 2);
});

test('hosts that hang take every slot, until none is left for the one that works', async () => {
  connect();
  const hanging = await strangeServer({
    data: (socket) => socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0])),
  });
  const target = targetOf(`${hanging.place},${P()}`, 'sslmode=disable');
  for (let i = 0; i < 6; i++) {
    const { connection, server } = await open(target);
    expect(server).toBe('primary');
    await connection.close();
  }
  expect(hanging.connections()).toBe(1);
});

test('the hosts of a target have six connections together', async () => {
  connect();
  const target = targetOf(`${S()},${P()}`, 'target_session_attrs=read-write');
  let most = 0;
  const work = new AbortController();
  const watching = (async () => {
    while (!work.signal.aborted) most = Math.max(most, await sessions());
  })();
  const kinds: Trigger[] = ['schedule', 'request'];
  const openings = kinds.flatMap((kind) =>
    Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 5; i++) {
        const { connection } = await open(target, kind);
        await connection.ask([{ text: 'SELECT pg_sleep(0.02)' }]);
        await connection.close();
      }
    }),
  );
  await Promise.all(openings).finally(() => work.abort());
  await watching;
  expect(most).toBeGreaterThan(3);
  expect(most).toBeLessThanOrEqual(6);
});
