import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { databaseEnvironment } from '../../src/lab/fallback.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { until } from '../helpers/until.js';

const MAX_CONNECTIONS_OF_A_TARGET = 6;
const CRASHING_WORKER = new URL('../fixtures/crashing-worker.mjs', import.meta.url);

let server: EmbeddedPostgres;
let admin: pg.Client;
let backend: TestBackend | undefined;

beforeAll(async () => {
  server = await startEmbeddedPostgres();
  admin = new pg.Client(server.connection);
  admin.on('error', () => undefined);
  await admin.connect();
});

afterEach(async () => {
  await backend?.close();
  backend = undefined;
});

afterAll(async () => {
  await admin.end();
  await server.stop();
});

/** The probe's server processes, in whatever state. */
async function held(): Promise<number> {
  const { rows } = await admin.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'pglatency/%'",
  );
  return rows[0]?.n ?? 0;
}

async function failures(on: TestBackend, operation: string): Promise<number> {
  return (
    (await on.metric('pglatency_operation_failures_total', { operation, reason: 'timeout' })) ?? 0
  );
}

const QUICK = { SCHEDULE: '* * * * * *', ITERATIONS: '3', OPERATION_TIMEOUT_MS: '500' };

async function start(
  env: Readonly<Record<string, string>> = {},
  options: { workerUrl?: URL } = {},
): Promise<TestBackend> {
  const all = { ...databaseEnvironment(server.connection), ...QUICK, ...env };
  return (backend = await startTestBackend(all, options));
}

/** Lets every commit wait for a standby that never comes, while `work` lasts. */
async function withoutStandby(work: () => Promise<void>): Promise<void> {
  await admin.query("ALTER SYSTEM SET synchronous_standby_names = 'gone'");
  await admin.query('SELECT pg_reload_conf()');
  try {
    await work();
  } finally {
    await admin.query('ALTER SYSTEM RESET synchronous_standby_names');
    await admin.query('SELECT pg_reload_conf()');
  }
}

/** The process ids of the probe's sessions that wait for the standby. */
async function waiting(): Promise<number[]> {
  const { rows } = await admin.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pglatency/%' AND wait_event = 'SyncRep'",
  );
  return rows.map(({ pid }) => pid);
}

test('inserts that wait for a synchronous standby that is gone pile up on the server', async () => {
  const on = await start();
  await until(async () => (await on.metric('pglatency_target_up')) === 1);
  await withoutStandby(async () => {
    let most = 0;
    await until(
      async () => {
        most = Math.max(most, await held());
        return (await failures(on, 'insert')) >= 12;
      },
      { withinMs: 40_000 },
    );
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(MAX_CONNECTIONS_OF_A_TARGET);
    await backend?.close();
    backend = undefined;
    await until(async () => (await held()) === 0, { what: 'the end of every connection' });
  });
}, 60_000);

/** Rounds of a run that ends the thread: by an error, and by an endless loop that the watchdog ends. */
const CRASH = 13;
const SPIN = 15;

describe('a thread that ends while an insert waits for a standby that is gone', () => {
  /** Longer than the test: nothing but the thread's end cuts an insert off. */
  const startPatient = () =>
    start({ OPERATION_TIMEOUT_MS: '60000' }, { workerUrl: CRASHING_WORKER });

  test('leaves one more session each time', async () => {
    const on = await startPatient();
    await until(async () => (await on.metric('pglatency_target_up')) === 1);
    await withoutStandby(async () => {
      let most = 0;
      let former: number[] = [];
      const ends = [CRASH, CRASH, SPIN, CRASH, CRASH, CRASH, CRASH, CRASH];
      for (const [i, end] of ends.entries()) {
        const known = former;
        former = await until(async () => {
          most = Math.max(most, await held());
          const now = await waiting();
          return now.some((pid) => !known.includes(pid)) && now;
        });
        void on.get(`/api/rds/benchmark?iterations=${end}`).catch(() => undefined);
        await until(
          async () => {
            most = Math.max(most, await held());
            return (await on.metric('pglatency_worker_restarts_total')) === i + 1;
          },
          { what: `restart ${i + 1}` },
        );
      }
      await until(async () => (await waiting()).every((pid) => !former.includes(pid)));
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(MAX_CONNECTIONS_OF_A_TARGET);
      expect(await held()).toBeLessThanOrEqual(MAX_CONNECTIONS_OF_A_TARGET);
    });
  }, 120_000);

  test('and that never starts again, because the backend is stopped, leaves it for ever', async () => {
    const on = await startPatient();
    await until(async () => (await on.metric('pglatency_target_up')) === 1);
    await withoutStandby(async () => {
      await until(async () => (await waiting()).length > 0);
      void on.get(`/api/rds/benchmark?iterations=${SPIN}`).catch(() => undefined);
      await until(async () => (await on.get('/healthz')).status === 503);
      await backend?.close();
      backend = undefined;
      await until(async () => (await held()) === 0, { what: 'the end of every session' });
    });
  }, 60_000);
});

describe('a process that is killed', () => {
  let cli: CliProcess | undefined;
  const serve = () => {
    const listen = { LISTEN_HOST: '127.0.0.1', PORT: '0' };
    return spawnCli(['serve'], { ...listen, ...databaseEnvironment(server.connection), ...QUICK });
  };
  afterEach(async () => {
    cli?.kill('SIGKILL');
    await cli?.ended;
  });

  test('leaves an insert that waits for a standby that is gone, and its successor too', async () => {
    cli = serve();
    await cli.listening();
    await until(async () => (await held()) > 0);
    await withoutStandby(async () => {
      let most = 0;
      const seen = new Set<number>();
      for (let kills = 0; kills < 4; kills++) {
        await until(async () => (await waiting()).some((pid) => !seen.has(pid)));
        for (const pid of await waiting()) seen.add(pid);
        cli?.kill('SIGKILL');
        await cli?.ended;
        const left = await waiting();
        cli = serve();
        await until(
          async () => {
            most = Math.max(most, await held());
            return (await waiting()).every((pid) => !left.includes(pid));
          },
          { what: 'the end of what was left' },
        );
      }
      expect(most).toBeLessThanOrEqual(MAX_CONNECTIONS_OF_A_TARGET);
    });
  }, 120_000);

  test('its successor ends a healthy session of another backend with the same role', async () => {
    const open = async (name: string) => {
      const client = new pg.Client({ ...server.connection, application_name: name });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
    const sleep = (client: pg.Client) =>
      client.query('SELECT pg_sleep(20)').then(() => 'it slept', String);
    // All three are older than the successor.
    const quick = await open('pglatency/local (0.5 s)');
    const healthy = sleep(await open('pglatency/local (60 s)'));
    const lost = sleep(await open('pglatency/local (0.5 s)'));
    const work = new AbortController();
    const working = (async () => {
      while (!work.signal.aborted) await quick.query('SELECT pg_sleep(0.4)');
    })();
    cli = serve();
    expect(await lost).toContain('terminating connection');
    work.abort();
    await working;
    await quick.end();
    expect(await healthy).toBe('it slept');
  }, 60_000);
});

test('a select that waits for a lock goes on waiting where no statement_timeout ends it', async () => {
  // As behind a pooler: nothing is set at the start, so only a cancel request ends it.
  const on = (backend = await startTestBackend({
    ...databaseEnvironment(server.connection),
    DB_POOLER: 'true',
    SCHEDULE: '0 0 1 1 *',
    OPERATION_TIMEOUT_MS: '500',
  }));
  await on.get('/api/rds/benchmark?iterations=1');
  await admin.query('BEGIN; LOCK TABLE pglatency_probe IN ACCESS EXCLUSIVE MODE');
  try {
    const { body } = await on.get<{ failures: { operation: string; reason: string }[] }>(
      '/api/rds/benchmark?iterations=1',
    );
    expect(body.failures).toContainEqual(
      expect.objectContaining({ operation: 'select', reason: 'timeout' }),
    );
    const { rows } = await admin.query(
      "SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'pglatency/%'",
    );
    expect(rows).toEqual([]);
  } finally {
    await admin.query('ROLLBACK');
  }
});

test('the probe makes a table that a publication for all tables takes along', async () => {
  await admin.query('DROP TABLE IF EXISTS pglatency_probe');
  await admin.query('CREATE PUBLICATION everything FOR ALL TABLES');
  try {
    const on = await start();
    const { body } = await on.get<{ failures: { reason: string; message: string }[] }>(
      '/api/rds/benchmark?iterations=1',
    );
    expect(body.failures[0]).toMatchObject({ reason: 'missing_table' });
    expect(body.failures[0]?.message).toContain('the publication everything');
    const { rows } = await admin.query("SELECT to_regclass('pglatency_probe') AS made");
    expect(rows).toEqual([{ made: null }]);
  } finally {
    await admin.query('DROP PUBLICATION everything');
  }
});
