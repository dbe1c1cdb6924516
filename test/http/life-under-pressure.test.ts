import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../../src/lab/ports.js';
import { CLI, spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { parseExposition, valueOf } from '../helpers/exposition.js';
import { createTargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

const LOOPBACK = { LISTEN_HOST: '127.0.0.1', PORT: '0' };
const EACH_SECOND = { SCHEDULE: '* * * * * *', ITERATIONS: '1' };

let database: TestDatabase;
let cli: CliProcess | undefined;
const file = createTargetsFile();

beforeAll(async () => {
  database = await createDatabase();
});

afterEach(async () => {
  cli?.kill('SIGKILL');
  await cli?.ended;
  cli = undefined;
});

afterAll(async () => {
  await database.drop();
  rmSync(file.folder, { recursive: true });
});

const metric = async (url: string, name: string) =>
  valueOf(parseExposition(await (await fetch(`${url}/metrics`)).text()), name) ?? 0;

describe('a signal', () => {
  test('that comes while the configuration is read is not lost, and ends nothing by force', async () => {
    const pipe = join(file.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Reading the file waits until somebody writes it.
    cli = spawnCli(['serve'], { ...LOOPBACK, ...database.env, TARGETS_FILE: pipe });
    // Nobody reads it yet: ENXIO.
    const fd = await until(() => openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
    cli.kill('SIGTERM');
    writeSync(fd, '{"queries": []}');
    closeSync(fd);
    expect(await cli.ended).toBe(0);
    expect(cli.logs().at(-1)).toMatchObject({ msg: 'stopped' });
  });

  test('a storm of SIGHUPs is a reload or two, and the last content counts', async () => {
    cli = spawnCli(['serve'], { ...LOOPBACK, ...database.env, TARGETS_FILE: file.path });
    const url = await cli.listening();
    const { DB_HOST: host, DB_PORT: port } = database.env;
    for (let i = 0; i < 60; i++) {
      if (i === 55) file.write([{ name: 'late', host, port: Number(port) }]);
      cli.kill('SIGHUP');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const reloads = () => cli?.logs().filter(({ msg }) => String(msg).endsWith('read again')) ?? [];
    await until(() => reloads().some(({ targets }) => (targets as string[]).includes('late')));
    expect(reloads().length).toBeLessThan(10);
    expect((await fetch(`${url}/api/latest?target=late`)).status).toBe(200);
  });
});

describe('a log that takes nothing', () => {
  test(
    'a full disk ends no process: runs go on, and the lost lines are counted',
    { timeout: 90_000 },
    async () => {
      const port = await findFreePort();
      const url = `http://127.0.0.1:${port}`;
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [CLI, 'serve'], {
        env: {
          PATH: process.env.PATH,
          ...LOOPBACK,
          ...EACH_SECOND,
          ...database.env,
          PORT: String(port),
        },
        stdio: ['ignore', full, full],
      });
      const ended = once(child, 'exit');
      try {
        const runs = async () => (await metric(url, 'pglatency_runs_total')) >= 2;
        await until(runs, { withinMs: 60_000 });
        expect(await metric(url, 'pglatency_log_lines_dropped_total')).toBeGreaterThan(1);
      } finally {
        child.kill('SIGTERM');
        expect(await ended).toEqual([0, null]);
      }
    },
  );

  test('a reader that goes away ends no process', async () => {
    cli = spawnCli(['serve'], { ...LOOPBACK, ...EACH_SECOND, ...database.env });
    const url = await cli.listening();
    cli.child.stdout?.destroy();
    cli.child.stderr?.destroy();
    await until(async () => (await metric(url, 'pglatency_log_lines_dropped_total')) >= 2);
    cli.kill('SIGTERM');
    expect((await once(cli.child, 'exit'))[0]).toBe(0);
  });
});

test('a warning of Node.js is a line of the log', async () => {
  const warn = `data:text/javascript,setInterval(() => process.emitWarning('odd'), 200).unref()`;
  cli = spawnCli(['serve'], LOOPBACK, ['--import', warn]);
  await cli.listening();
  const line = await until(() => cli?.logs().find(({ msg }) => msg === 'a warning'));
  expect(line).toMatchObject({ level: 'warn', err: { message: 'odd' } });
});
