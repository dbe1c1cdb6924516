import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { runCli, spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { parseExposition, valueOf } from '../helpers/exposition.js';
import { until } from '../helpers/until.js';

const LOOPBACK = { LISTEN_HOST: '127.0.0.1', PORT: '0' };

let database: TestDatabase;
let cli: CliProcess;

beforeAll(async () => {
  database = await createDatabase();
});

afterEach(async () => {
  cli.kill('SIGKILL');
  await cli.ended;
});

afterAll(async () => {
  await database.drop();
});

async function metric(url: string, name: string, labels: Record<string, string> = {}) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return valueOf(parseExposition(text), name, labels);
}

describe('pglatency serve', () => {
  test('measures once at the start where it is asked to, however far the schedule is', async () => {
    const settings = { ...LOOPBACK, ...database.env, SCHEDULE: '0 0 0 1 1 *', ITERATIONS: '1' };
    cli = spawnCli(['serve', '--run-at-start'], settings);
    const url = await cli.listening();
    const kept = async () => {
      const answer = (await (await fetch(`${url}/api/history`)).json()) as { ended_at_s: number[] };
      return answer.ended_at_s.length;
    };
    await until(async () => (await kept()) === 1, { withinMs: 15_000 });
  });

  test('measures shortly at the start also where the schedule is about to begin', async () => {
    const settings = { ...LOOPBACK, ...database.env, SCHEDULE: '* * * * * *', ITERATIONS: '7' };
    cli = spawnCli(['serve', '--run-at-start'], settings);
    const url = await cli.listening();
    const iterations = await until(
      async () => {
        const answer = await fetch(`${url}/api/history`);
        const { iterations } = (await answer.json()) as { iterations: number[] };
        return iterations.length >= 2 && iterations;
      },
      { withinMs: 15_000 },
    );
    expect(iterations.slice(0, 2)).toEqual([5, 7]);
  });

  test('starts before the database, finds it, loses it, and finds it again', async () => {
    const server = await startEmbeddedPostgres();
    try {
      await server.stop();
      cli = spawnCli(['serve'], {
        ...LOOPBACK,
        SCHEDULE: '* * * * * *',
        ITERATIONS: '2',
        DB_HOST: server.host,
        DB_PORT: String(server.port),
        DB_USER: server.user,
        DB_PASSWORD: server.password,
        DB_NAME: 'postgres',
        DB_SSLMODE: 'disable',
      });
      const url = await cli.listening();
      const up = (value: 0 | 1) =>
        until(async () => (await metric(url, 'pglatency_target_up')) === value);
      await up(0);
      await server.start();
      await up(1);
      await server.restart('immediate');
      await up(1);
      const holder = new pg.Client(server.connection);
      holder.on('error', () => undefined);
      await holder.connect();
      await holder.query('BEGIN; LOCK TABLE pglatency_probe IN ACCESS EXCLUSIVE MODE');
      const duringTheRun = fetch(`${url}/api/rds/benchmark`);
      await until(async () => {
        const { rows } = await holder.query<{ n: number }>(
          // Within a transaction the view is a snapshot, unless it is asked anew.
          `SELECT pg_stat_clear_snapshot(),
             (SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock') AS n`,
        );
        return rows[0]?.n === 2;
      });
      await server.stop('immediate');
      expect(await (await duringTheRun).json()).toMatchObject({ outcome: 'partial' });
      await up(0);
      await server.start();
      await up(1);
      expect(cli.stdout()).not.toContain(server.password);
      cli.kill('SIGTERM');
      expect(await cli.ended).toBe(0);
    } finally {
      await server.dispose();
    }
  });

  /** A backend with a scheduled run and a benchmark that both wait for a lock. */
  async function startAndHang() {
    cli = spawnCli(['serve'], { ...LOOPBACK, ...database.env, SCHEDULE: '* * * * * *' });
    const url = await cli.listening();
    await until(async () => (await metric(url, 'pglatency_target_up')) === 1);
    const unlock = await database.lockTable();
    const benchmark = fetch(`${url}/api/rds/benchmark`).then(
      ({ status }) => status,
      () => 'closed',
    );
    await until(async () => (await database.waitingForLock()) === 2);
    return { benchmark, unlock };
  }

  test('ends within 5 s at SIGTERM with queries in flight, leaving no session behind', async () => {
    const { benchmark, unlock } = await startAndHang();
    const startedAt = Date.now();
    cli.kill('SIGTERM');
    expect(await cli.ended).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect([503, 'closed']).toContain(await benchmark);
    expect(cli.logs().at(-1)).toMatchObject({ msg: 'stopped' });
    await unlock();
    await until(async () => (await database.sessions()) === 0);
  });

  test('a second signal ends it at once', async () => {
    const { unlock } = await startAndHang();
    cli.kill('SIGINT');
    await until(() => cli.logs().some(({ msg }) => msg === 'stopping'), { everyMs: 5 });
    cli.kill('SIGINT');
    expect(await cli.ended).toBe(130);
    await unlock();
  });

  test('a port that is taken is said, and ends it with 1', async () => {
    cli = spawnCli(['serve'], LOOPBACK);
    const { port } = new URL(await cli.listening());
    const second = await runCli(['serve'], { ...LOOPBACK, PORT: port });
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
  });

  test('an invalid environment stops the start with every problem', async () => {
    const { code, stderr } = await runCli(['serve'], { PORT: 'x', DB_HOST: 'a b' });
    expect(code).toBe(1);
    expect(stderr).toContain('PORT: "x" is not allowed');
    expect(stderr).toContain('DB_HOST: "a b" is not allowed');
  });

  test('each run is one line of the log, with its medians and without a secret', async () => {
    cli = spawnCli(['serve'], { ...LOOPBACK, ...database.env, SCHEDULE: '* * * * * *' });
    await cli.listening();
    const line = await until(() => cli.logs().find(({ msg }) => msg === 'run'));
    expect(line).toMatchObject({
      level: 'info',
      region: 'local',
      target: 'primary',
      trigger: 'schedule',
      outcome: 'success',
      select_p50_ms: expect.any(Number) as number,
    });
    expect(cli.stdout()).not.toContain(database.env.DB_PASSWORD);
  });
});

describe('pglatency config', () => {
  test('prints what is in force, without secrets', async () => {
    const { code, stdout } = await runCli(['config'], {
      DB_HOST: '10.50.0.1',
      DB_PASSWORD: 'hidden-password',
      FLY_REGION: 'syd',
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      region: 'syd',
      targets: [{ name: 'primary', host: '10.50.0.1', password: 'set' }],
    });
    expect(stdout).not.toContain('hidden');
  });

  test('--check is silent for a valid one, and lists every problem of an invalid one', async () => {
    expect(await runCli(['config', '--check', '--allow-no-database'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const { code, stderr } = await runCli(['config', '--check'], { PORT: 'x', ITERATIONS: '0' });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(3);
  });
});

describe('pglatency', () => {
  test('--help lists the commands; an unknown one or option is wrong usage', async () => {
    const help = await runCli(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['serve', 'lab', 'config', 'schema']) {
      expect(help.stdout).toContain(command);
    }
    expect(await runCli(['sreve'])).toMatchObject({ code: 2 });
    expect(await runCli(['config', '--chekc'])).toMatchObject({ code: 2 });
    expect(await runCli([])).toMatchObject({ code: 2 });
  });

  test('schema prints SQL that the server takes, twice', async () => {
    const { stdout } = await runCli(['schema', '--role', 'postgres']);
    await database.query(stdout);
    await database.query(stdout);
    expect(stdout).toContain('GRANT SELECT, INSERT, DELETE ON pglatency_probe TO "postgres"');
  });
});
