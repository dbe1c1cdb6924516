import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { parseExposition, valueOf, type Series } from '../helpers/exposition.js';
import { createTargetsFile, type TargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

const READ_AGAIN = 'the configuration was read again';
const INVALID = 'the new configuration is invalid; the old one stays in force';

let primary: TestDatabase;
let second: TestDatabase;
let file: TargetsFile;
let cli: CliProcess;
let url: string;

beforeEach(async () => {
  [primary, second] = [await createDatabase(), await createDatabase()];
  file = createTargetsFile();
});

afterEach(async () => {
  cli.kill('SIGKILL');
  await cli.ended;
  await primary.drop();
  await second.drop();
  rmSync(file.folder, { recursive: true });
});

const secondTarget = (more: object = {}) => ({
  name: 'second',
  host: '127.0.0.1',
  database: second.name,
  ...more,
});

async function start(env: Record<string, string> = {}): Promise<void> {
  cli = spawnCli(['serve'], {
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    ...primary.env,
    TARGETS_FILE: file.path,
    SCHEDULE: '* * * * * *',
    ITERATIONS: '2',
    ...env,
  });
  url = await cli.listening();
}

const logged = (msg: string) => cli.logs().filter((line) => line.msg === msg);

/** Sends SIGHUP and waits for what comes of it. */
async function reload(outcome = READ_AGAIN): Promise<Record<string, unknown>> {
  const before = logged(outcome).length;
  cli.kill('SIGHUP');
  return until(() => logged(outcome)[before], { what: outcome });
}

async function series(): Promise<Series[]> {
  return parseExposition(await (await fetch(`${url}/metrics`)).text());
}

async function metric(name: string, labels: Record<string, string> = {}) {
  return valueOf(await series(), name, labels);
}

const seriesOf = async (target: string) =>
  (await series()).filter(({ labels }) => labels.target === target);

const runsOf = (target: string) =>
  metric('pglatency_runs_total', { target, trigger: 'schedule', outcome: 'success' });

const nextRunOf = async (target: string) => {
  const before = (await runsOf(target)) ?? 0;
  await until(async () => Number(await runsOf(target)) > before, { what: `a run of ${target}` });
};

/** The server's process of the scheduled runs' connection: the oldest one that the probe has. */
async function serverPid(database: TestDatabase): Promise<number | undefined> {
  const [row] = await database.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'pglatency/%'
     ORDER BY backend_start LIMIT 1`,
  );
  return row?.pid;
}

test('reloads under load: no run, no count and no connection of an unchanged target is lost', async () => {
  let reloads = 0;
  await start();
  await nextRunOf('primary');
  const pid = await serverPid(primary);
  while (reloads < 12 || Number(await runsOf('primary')) <= 3) {
    reloads += 1;
    file.write(reloads % 2 === 0 ? [] : [secondTarget({ timeout_ms: 1_000 + reloads })]);
    const benchmark = fetch(`${url}/api/rds/benchmark?target=primary&iterations=20`);
    await reload();
    expect((await benchmark).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const ofPrimary = (msg: string) => logged(msg).filter(({ target }) => target === 'primary');
  const figures = await until(async () => {
    const all = await series();
    const value = (name: string, labels: Record<string, string> = {}) =>
      Number(valueOf(all, name, labels));
    const found = {
      ticks: value('pglatency_schedule_delay_seconds_count'),
      runs: value('pglatency_runs_total', { target: 'primary', trigger: 'schedule' }),
      // On a busy machine a run may outlast a second; that is not the reload's doing.
      skipped: ofPrimary('a scheduled run was skipped').length,
      requested: value('pglatency_runs_total', { target: 'primary', trigger: 'request' }),
      logged: ofPrimary('run').filter(({ trigger }) => trigger === 'schedule').length,
      crashes: value('pglatency_worker_restarts_total'),
      pings: value('pglatency_operations_total', { target: 'primary', operation: 'ping' }),
    };
    const isBetweenRuns = found.ticks === found.runs + found.skipped;
    return isBetweenRuns && found;
  });
  expect(figures).toMatchObject({
    requested: reloads,
    logged: figures.runs,
    crashes: 0,
    pings: figures.runs * 2,
  });
  expect(await serverPid(primary)).toBe(pid);
}, 60_000);

test('an added target begins at zero, and a removed one leaves nothing behind', async () => {
  await start();
  await nextRunOf('primary');
  file.write([secondTarget()]);
  expect(await reload()).toMatchObject({ added: ['second'], removed: [], changed: [] });
  expect(await metric('pglatency_operations_total', { target: 'second' })).toBe(0);
  await nextRunOf('second');

  file.write([]);
  expect(await reload()).toMatchObject({ targets: ['primary'], removed: ['second'] });
  expect(await seriesOf('second')).toEqual([]);
  const asked = await fetch(`${url}/api/rds/history?target=second`);
  expect(asked.status).toBe(404);
  const latest = (await (await fetch(`${url}/api/rds/latest`)).json()) as { runs: object[] };
  expect(latest.runs).toMatchObject([{ target: 'primary' }]);
  await until(async () => (await second.sessions()) === 0, { what: 'its sessions to close' });
  await nextRunOf('primary');
  expect(await seriesOf('second')).toEqual([]);

  await second.lockTable().then(async (unlock) => {
    file.write([secondTarget()]);
    await reload();
    const { ended_at_s: ended } = (await (
      await fetch(`${url}/api/rds/history?target=second`)
    ).json()) as { ended_at_s: number[] };
    expect(ended).toEqual([]);
    expect(await runsOf('second')).toBe(0);
    await unlock();
  });
});

test('a target that is removed during its run: the run ends, and brings nothing back', async () => {
  file.write([secondTarget()]);
  await start();
  await nextRunOf('second');
  const unlock = await second.lockTable();
  await until(async () => (await second.waitingForLock()) > 0);
  file.write([]);
  await reload();
  const before = logged('run').filter(({ target }) => target === 'second').length;
  await unlock();
  await until(() => logged('run').filter(({ target }) => target === 'second').length > before);
  expect(await seriesOf('second')).toEqual([]);
  await until(async () => (await second.sessions()) === 0, { what: 'its sessions to close' });
});

test('a changed target connects anew and keeps its counts; what its file holds is read again', async () => {
  const password = join(file.folder, 'password');
  const role = await second.createRole();
  await second.query('GRANT CREATE ON SCHEMA public TO public');
  writeFileSync(password, 'wrong\n');
  const target = secondTarget({ user: role.DB_USER, password_file: password });
  file.write([target]);
  await start();
  const failures = () =>
    metric('pglatency_operation_failures_total', { target: 'second', reason: 'auth' });
  await until(async () => Number(await failures()) > 0);

  writeFileSync(password, 'role-password\n');
  expect(await reload()).toMatchObject({ changed: ['second'] });
  await nextRunOf('second');
  expect(await failures()).toBeGreaterThan(0);
  expect(cli.stdout()).not.toContain('role-password');

  const pid = await serverPid(second);
  const runs = Number(await runsOf('second'));
  file.write([{ ...target, timeout_ms: 2_000 }]);
  await reload();
  await until(async () => Number(await runsOf('second')) > runs);
  const changedPid = await until(async () => serverPid(second));
  expect(changedPid).not.toBe(pid);
});

test('an invalid file changes nothing and says every problem; a valid one is taken again', async () => {
  file.write([secondTarget()]);
  await start();
  await nextRunOf('second');
  const successful = () => metric('pglatency_config_last_reload_successful');
  const readAt = () => metric('pglatency_config_last_reload_success_timestamp_seconds');
  const startedAt = Number(await readAt());
  expect(await successful()).toBe(1);

  const pid = await serverPid(second);
  file.writeText('targets: [{ name: Second, host: a b, password: hunter2 }]');
  const { problems, level } = await reload(INVALID);
  expect(level).toBe('error');
  expect(problems).toHaveLength(3);
  expect(String(problems)).toContain('targets[0].name: "Second" is not allowed');
  expect(cli.stdout()).not.toContain('hunter2');
  expect(await successful()).toBe(0);
  expect(await readAt()).toBe(startedAt);
  await nextRunOf('second');
  expect(await serverPid(second)).toBe(pid);

  rmSync(file.path);
  await reload(INVALID);
  file.write([secondTarget()]);
  expect(await reload()).toMatchObject({ added: [], removed: [], changed: [] });
  expect(await successful()).toBe(1);
  expect(await readAt()).toBeGreaterThan(startedAt);
  await nextRunOf('second');
  expect(await serverPid(second)).toBe(pid);
});

test("a query's series come and go with it, in the buckets that it names", async () => {
  const query = { name: 'one', sql: 'SELECT 1', targets: ['primary'] };
  file.write([secondTarget()], [query]);
  await start();
  const buckets = async () =>
    (await series())
      .filter(({ name, labels }) => name.endsWith('_bucket') && labels.operation === 'query_one')
      .map(({ labels }) => `${labels.target ?? ''} ${labels.le ?? ''}`);
  expect(await buckets()).toContain('primary 0.006');

  file.write([secondTarget()], [{ ...query, targets: ['second'], buckets: 'connect' }]);
  expect(await reload()).toMatchObject({ changed: ['primary', 'second'] });
  expect(await buckets()).toContain('second 0.03');
  expect((await buckets()).filter((each) => /primary|0\.006/.test(each))).toEqual([]);

  file.write([secondTarget()]);
  await reload();
  expect(await buckets()).toEqual([]);
  await nextRunOf('primary');
});

test('without a file there is nothing to read again, and it goes on', async () => {
  await start({ TARGETS_FILE: '' });
  await reload(
    'SIGHUP: there is no file to read again: there is no pglatency.yaml, and none of TARGETS_FILE, DATABASE_URL_FILE, DB_PASSWORD_FILE, API_TOKEN_FILE is set',
  );
  await nextRunOf('primary');
  cli.kill('SIGTERM');
  expect(await cli.ended).toBe(0);
});

test('a new token in its file is taken, and the old one is not; a bad one changes nothing', async () => {
  const path = join(file.folder, 'token');
  const [former, next] = ['a-token-of-sixteen-or-more', 'another-token-of-that-length'];
  writeFileSync(path, `${former}\n`, { mode: 0o600 });
  await start({ API_TOKEN_FILE: path, REQUIRE_TOKEN: 'true' });
  const statuses = () =>
    Promise.all(
      [former, next].map(async (token) => {
        const headers = { authorization: `Bearer ${token}` };
        return (await fetch(`${url}/api/health`, { headers })).status;
      }),
    );
  expect(await statuses()).toEqual([200, 401]);
  writeFileSync(path, 'short\n');
  await reload(INVALID);
  expect(await statuses()).toEqual([200, 401]);
  writeFileSync(path, `${next}\n`);
  await reload();
  expect(await statuses()).toEqual([401, 200]);
});
