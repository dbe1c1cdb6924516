import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FleetRow } from '../../src/fleet/row.js';
import { rttBetween } from '../../src/lab/distances.js';
import { CLI, runCli, spawnCli, type CliProcess } from '../helpers/cli.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

// A lab is several processes, and a machine of two cores may be busy.
vi.setConfig({ testTimeout: 90_000 });
const eventually: typeof until = (condition, options) =>
  until(condition, { withinMs: 60_000, ...options });

let folder: string;
let running: CliProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-test-'));
  chmodSync(folder, 0o755);
  running = [];
});

afterEach(async () => {
  for (const cli of running) {
    if (cli.child.exitCode === null && cli.child.signalCode === null) cli.kill('SIGTERM');
    await cli.ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A lab whose temporary folders are all below `folder`. */
function startLab(args: readonly string[], env: Record<string, string> = {}): CliProcess {
  const cli = spawnCli(['lab', ...args], { TMPDIR: folder, ...env });
  running.push(cli);
  return cli;
}

/** A lab on a terminal of its own. */
function startLabOnTerminal(args: readonly string[]) {
  const command = [process.execPath, CLI, 'lab', ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols 160; exec ${command}`, '/dev/null'], {
    env: { PATH: process.env['PATH'], TMPDIR: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.stdin.write('\u0003');
    await ended;
  });
  return { shown: () => shown, type: (keys: string) => child.stdin.write(keys), ended };
}

/** Process ids of what a process has started, by their command line. */
function childrenOf(pid: number | undefined): { pid: number; command: string }[] {
  return execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => Number(match?.[2]) === pid)
    .map((match) => ({ pid: Number(match?.[1]), command: match?.[3] ?? '' }))
    .filter(({ command }) => !command.startsWith('ps '));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function expectNothingLeft(children: readonly { pid: number }[]): void {
  expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
}

const parseRounds = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line.endsWith(']'))
    .map((line) => JSON.parse(line) as FleetRow[]);

const QUICK = ['--regions', 'lhr,syd', '--rtt', 'lhr=2,syd=60', '--iterations', '3'];

describe('lab --once', () => {
  it('measures each region once, ranks them as JSON on stdout, and leaves nothing behind', async () => {
    const lab = startLab(['--once', '--json', '--hub', ...QUICK]);
    await eventually(() => lab.stderr().includes('measuring'), { what: 'the measurement' });
    const children = childrenOf(lab.child.pid);
    expect(children).toHaveLength(4);
    expect(await lab.ended).toBe(0);
    const rows = JSON.parse(lab.stdout()) as FleetRow[];
    expect(rows.map(({ rank, region, flag }) => [rank, region, flag])).toEqual([
      [1, 'hub', ''],
      [2, 'lhr', '🇬🇧'],
      [3, 'syd', '🇦🇺'],
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({ iterations: 3, failures: [], error: null, target: 'primary' });
    }
    const [, lhr, syd] = rows;
    // Jitter is a hundredth. A connection is four round trips: TCP, the start-up, and two of SCRAM.
    expect(lhr?.read_p50_ms).toBeGreaterThanOrEqual(1.98);
    expect(syd?.read_p50_ms).toBeGreaterThanOrEqual(59.4);
    expect(syd?.insert_p50_ms).toBeGreaterThanOrEqual(59.4);
    expect(syd?.connect_ms).toBeGreaterThan(59.4 * 4);
    expectNothingLeft(children);
  });

  it('prints a table on stdout, and its progress on stderr', async () => {
    const lab = startLab(['--once', ...QUICK]);
    expect(await lab.ended).toBe(0);
    const lines = lab.stdout().trimEnd().split('\n');
    const rowOf = (name: string, rank: number) =>
      new RegExp(`^${name}( +\\d+\\.\\d\\d){2} +\\d\\.\\d( +\\d+\\.\\d\\d){3} +0 +${rank}$`);
    expect(lines[0]).toMatch(/insert +select/);
    expect(lines[2]).toMatch(rowOf('🇬🇧 lhr  London', 1));
    expect(lines[3]).toMatch(rowOf('🇦🇺 syd  Sydney', 2));
    expect(lab.stdout()).not.toContain('\u001b');
    expect(lab.stderr()).toMatch(/lhr {2}http:\/\/127\.0\.0\.1:\d+ {2}London, 2 ms/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('with a replica: every region measures it too, at its distance', async () => {
    const lab = startLab(['--once', '--json', '--replica', 'iad', '--regions', 'lhr,iad']);
    await eventually(() => lab.stderr().includes('measuring'), { what: 'the measurement' });
    const children = childrenOf(lab.child.pid);
    expect(children).toHaveLength(4);
    expect(await lab.ended).toBe(0);
    const [ofPrimary, ofReplica] = parseRounds(lab.stdout());
    expect(ofPrimary?.map(({ region }) => region)).toEqual(['lhr', 'iad']);
    expect(ofReplica?.map(({ region }) => region)).toEqual(['iad', 'lhr']);
    const [iad, lhr] = ofReplica ?? [];
    expect(iad).toMatchObject({ target: 'iad', failures: [], insert_p50_ms: null });
    expect(iad?.read_p50_ms).toBeLessThan(20);
    expect(lhr?.read_p50_ms).toBeGreaterThanOrEqual(0.99 * rttBetween('lhr', 'iad'));
    expectNothingLeft(children);
  });

  it('is interrupted with 130, and leaves nothing behind', async () => {
    const slow = ['--regions', 'syd', '--rtt', 'syd=400', '--iterations', '100'];
    const lab = startLab(['--once', ...slow]);
    await eventually(() => lab.stderr().includes('measuring'), { what: 'the measurement' });
    const children = childrenOf(lab.child.pid);
    lab.kill('SIGINT');
    expect(await lab.ended).toBe(130);
    expect(lab.stdout()).toBe('');
    expectNothingLeft(children);
  });
});

describe('lab', () => {
  const EVERY_SECOND = ['--schedule', '* * * * * *'];

  it('prints a round whenever every region has measured, until Ctrl-C, and leaves nothing', async () => {
    const lab = startLab(['--json', ...EVERY_SECOND, ...QUICK]);
    await eventually(() => parseRounds(lab.stdout()).length >= 3, { what: 'three rounds' });
    const children = childrenOf(lab.child.pid);
    expect(children).toHaveLength(3);
    lab.kill('SIGINT');
    expect(await lab.ended).toBe(0);
    for (const rows of parseRounds(lab.stdout())) {
      expect(rows.map(({ rank, region }) => [rank, region])).toEqual([
        [1, 'lhr'],
        [2, 'syd'],
      ]);
    }
    expectNothingLeft(children);
  });

  it.each(['starting PostgreSQL', 'PostgreSQL listens', 'lhr  http'])(
    'ends cleanly by a signal right after "%s"',
    async (moment) => {
      const lab = startLab([...EVERY_SECOND, ...QUICK]);
      await eventually(() => lab.stderr().includes(moment), { what: moment, everyMs: 5 });
      const children = childrenOf(lab.child.pid);
      lab.kill('SIGTERM');
      expect(await lab.ended).toBe(0);
      expectNothingLeft(children);
    },
  );

  it('reports a backend that dies, and goes on with the others', async () => {
    const lab = startLab(['--json', ...EVERY_SECOND, ...QUICK]);
    await eventually(() => parseRounds(lab.stdout()).length >= 1, { what: 'a round' });
    const children = childrenOf(lab.child.pid);
    const victim = children.find(({ command }) => command.includes('cli.js serve'));
    process.kill(victim?.pid ?? NaN, 'SIGKILL');
    await eventually(() => lab.stderr().includes('its backend ended (SIGKILL)'), {
      what: 'the report',
    });
    const before = parseRounds(lab.stdout()).length;
    await eventually(() => parseRounds(lab.stdout()).length >= before + 2, { what: 'more rounds' });
    const [alive, dead] = parseRounds(lab.stdout()).at(-1) ?? [];
    expect(alive).toMatchObject({ rank: 1, error: null });
    expect(dead).toMatchObject({
      rank: null,
      read_p50_ms: null,
      error: 'its backend ended (SIGKILL)',
    });
    lab.kill('SIGINT');
    expect(await lab.ended).toBe(0);
    expectNothingLeft(children);
  });

  it('slows a region down by a key, and restores it by the same; Ctrl-C ends it', async (context) => {
    requireTool(context, 'script', 'Debian: bsdutils');
    const lab = startLabOnTerminal([...EVERY_SECOND, ...QUICK]);
    const sees = (what: string) =>
      eventually(() => lab.shown().includes(what), { what: `"${what}" on the terminal` });
    await sees('press a digit to slow its region down, and again to restore it: 1 lhr  2 syd');
    lab.type('2');
    await sees('the lab slows syd down, +30 %: 60 → 78 ms');
    await eventually(() => /syd .* (7[89]|8\d)\.\d\d /.test(lab.shown()), { what: '78 ms' });
    lab.type('2');
    await sees('syd: 60 ms again');
    lab.type('\u0003');
    expect(await lab.ended).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('starts Prometheus on the backends', async (context) => {
    requireTool(context, 'prometheus', 'Debian: prometheus');
    const lab = startLab(['--prometheus', ...EVERY_SECOND, ...QUICK]);
    const url = await eventually(() => /Prometheus: (\S+)/.exec(lab.stderr())?.[1], {
      what: 'its address',
    });
    const children = childrenOf(lab.child.pid);
    const regions = await eventually(
      async () => {
        const answer = await fetch(`${url}/api/v1/query?query=pglatency_target_up%20==%201`);
        const { data } = (await answer.json()) as {
          data: { result: { metric: { region: string } }[] };
        };
        return data.result.length === 2 && data.result.map(({ metric }) => metric.region);
      },
      { what: 'both regions in Prometheus', everyMs: 250 },
    );
    expect(regions.sort()).toEqual(['lhr', 'syd']);
    lab.kill('SIGINT');
    expect(await lab.ended).toBe(0);
    expectNothingLeft(children);
  });

  it('says so when there is no Prometheus, before it starts anything', async () => {
    const lab = startLab(['--prometheus'], { PATH: '/nonexistent' });
    expect(await lab.ended).toBe(1);
    expect(lab.stderr()).toContain('--prometheus needs Prometheus on the PATH');
    expect(lab.stderr()).not.toContain('starting PostgreSQL');
  });
});

describe('wrong usage of lab', () => {
  it.each([
    [
      ['--regions', 'lhr,xyz'],
      /pglatency does not know where xyz is: give its round trip, such as xyz=25/,
    ],
    [['--regions', ''], /"" is not a region: 1 to 31 lower-case letters/],
    [['--regions', 'lhr,EU'], /"EU" is not a region/],
    [['--regions', 'all'], /"all" is not a region/],
    [['--rtt', 'lhr'], /"lhr" is not region=milliseconds, such as lhr=20/],
    [['--rtt', 'lhr=fast'], /"fast" for lhr is not allowed; expected milliseconds from 0 to 5000/],
    [['--rtt', 'lhr=-1'], /"-1" for lhr is not allowed/],
    [['--rtt', 'lhr=5001'], /"5001" for lhr is not allowed/],
    [['--rtt', 'lhr=1,lhr=2'], /lhr is given twice/],
    [['--replica', 'lhr,moon'], /pglatency does not know where moon is/],
    [['--rtt', 'moon=1280'], /--rtt names moon, which --regions leaves out/],
    [['--regions', 'lhr', '--rtt', 'syd=20'], /--rtt names syd, which --regions leaves out/],
    [['--schedule', 'often'], /"often" is not a cron expression/],
    [['--once', '--schedule', '* * * * *'], /cannot be used with option '--once'/],
    [['--once', '--prometheus'], /cannot be used with option '--once'/],
    [['--iterations', '101'], /"101" is not allowed; expected a whole number from 1 to 100/],
    [['--faster'], /unknown option '--faster'/],
    [['lhr'], /too many arguments/],
  ])('%j exits 2 and says why', async (args, message) => {
    const { code, stdout, stderr } = await runCli(['lab', ...args]);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('has a help that names its options', async () => {
    const { code, stdout } = await runCli(['lab', '--help']);
    expect(code).toBe(0);
    for (const option of ['--regions', '--rtt', '--hub', '--once', '--json', '--regress']) {
      expect(stdout).toContain(option);
    }
  });
});

describe('serve --embedded', () => {
  it('measures a PostgreSQL of its own when none is configured, and removes it', async () => {
    const env = { TMPDIR: folder, LISTEN_HOST: '127.0.0.1', PORT: '0' };
    const cli = spawnCli(['serve', '--embedded'], env);
    running.push(cli);
    const url = await cli.listening();
    expect(cli.stderr()).toContain('no database is named: starting an embedded PostgreSQL');
    const answer = await fetch(`${url}/api/rds/benchmark?iterations=2`);
    expect(await answer.json()).toMatchObject({ outcome: 'success', failures: [] });
    const children = childrenOf(cli.child.pid);
    expect(children).toHaveLength(1);
    cli.kill('SIGTERM');
    expect(await cli.ended).toBe(0);
    expectNothingLeft(children);
  });

  it('starts none in production', async () => {
    const env = { NODE_ENV: 'production', LISTEN_HOST: '127.0.0.1', PORT: '0' };
    const cli = spawnCli(['serve', '--embedded'], env);
    running.push(cli);
    const answer = await fetch(`${await cli.listening()}/api/rds/benchmark`);
    expect(answer.status).toBe(503);
    expect(childrenOf(cli.child.pid)).toEqual([]);
  });
});
