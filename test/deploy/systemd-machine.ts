import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../helpers/until.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UNIT = join(ROOT, 'deploy/systemd/pglatency.service');

/** A real systemd, process 1 of its own namespaces, with deploy/systemd's unit and nothing else. */
export interface SystemdMachine {
  /** Runs systemctl to its end. */
  systemctl(...args: string[]): { readonly status: number | null; readonly output: string };
  /** A property of the unit. */
  property(name: string): string;
  /** A file of the unit's main process below /proc. */
  readProcess(name: string): string;
  /** Everything that the unit has written. */
  log(): string;
  stop(): Promise<void>;
}

/** @param config the files of /etc/pglatency, each with its mode */
export async function bootSystemd(
  config: Readonly<Record<string, { readonly text: string; readonly mode: number }>>,
): Promise<SystemdMachine> {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-systemd-'));
  const folders = {
    MACHINE: join(folder, 'machine'),
    CONFIG: join(folder, 'etc'),
    LOGS: join(folder, 'log'),
  };
  for (const path of Object.values(folders)) mkdirSync(path);
  for (const [name, { text, mode }] of Object.entries(config)) {
    writeFileSync(join(folders.CONFIG, name), text, { mode });
  }
  const group = join(cgroups(), `pglatency-test-${process.pid}`);
  mkdirSync(group);
  const child = spawn(
    'sh',
    [
      '-c',
      `echo $$ >"${group}/cgroup.procs" && exec unshare --mount --pid --cgroup --ipc --uts --fork --kill-child "${ROOT}test/deploy/boot-systemd.sh"`,
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { PATH: process.env['PATH'], ...folders, UNIT, PACKAGE: ROOT, NODE: process.execPath },
    },
  );
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await until(() => removeGroups(group), { what: 'the control groups are empty' });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const pid = await until(
      () => {
        if (child.exitCode !== null) throw new Error('it did not boot');
        const [first] = childrenOf(child.pid ?? 0);
        return (
          first !== undefined &&
          readFileSync(`/proc/${first}/comm`, 'utf8') === 'systemd\n' &&
          first
        );
      },
      { what: 'systemd is process 1' },
    );
    const inside = ['--target', pid, '--mount', '--pid', '--root', '--wd=/'];
    const systemctl = (...args: string[]) => {
      const all = [...inside, 'systemctl', '--no-pager', ...args];
      const { status, stdout, stderr } = spawnSync('nsenter', all, { encoding: 'utf8' });
      return { status, output: `${stdout}${stderr}` };
    };
    await until(() => systemctl('is-active', 'multi-user.target').status === 0, {
      what: 'it is up',
    });
    const property = (name: string) =>
      systemctl('show', '--value', '--property', name, 'pglatency').output.trim();
    return {
      systemctl,
      property,
      readProcess: (name) =>
        execFileSync('nsenter', [...inside, 'cat', `/proc/${property('MainPID')}/${name}`], {
          encoding: 'utf8',
        }),
      log: () => {
        const path = join(folders.LOGS, 'log');
        return existsSync(path) ? readFileSync(path, 'utf8') : '';
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where systemd's own control groups are. */
function cgroups(): string {
  return existsSync('/sys/fs/cgroup/cgroup.controllers')
    ? '/sys/fs/cgroup'
    : '/sys/fs/cgroup/systemd';
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** @throws while a process is in one of them */
function removeGroups(group: string): true {
  for (const name of readdirSync(group)) {
    const path = join(group, name);
    if (statSync(path).isDirectory()) removeGroups(path);
  }
  rmdirSync(group);
  return true;
}
