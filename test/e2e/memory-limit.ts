import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../helpers/until.js';

/** A control group with a memory limit, for the processes that are put into it. */
export interface MemoryLimit {
  /** A shell command that moves the shell itself into the group. */
  readonly enter: string;
  /** Moves a process of one's own into the group. */
  add(pid: number): Promise<void>;
  pids(): Promise<number[]>;
  /** The most that it ever held, in bytes, the files' cache included. */
  peakBytes(): Promise<number>;
  /** How often the limit was hit. */
  failures(): Promise<number>;
  remove(): Promise<void>;
}

const ROOT = '/sys/fs/cgroup';

/** The files' names in the two versions of control groups. */
const VERSIONS = {
  v1: {
    folder: join(ROOT, 'memory'),
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    failures: async (folder: string) =>
      Number(await readFile(join(folder, 'memory.failcnt'), 'utf8')),
  },
  v2: {
    folder: ROOT,
    limit: 'memory.max',
    peak: 'memory.peak',
    failures: async (folder: string) => {
      const events = await readFile(join(folder, 'memory.events'), 'utf8');
      return Number(/^max (\d+)$/m.exec(events)?.[1]);
    },
  },
};

/** Takes root. */
export async function createMemoryLimit(name: string, bytes: number): Promise<MemoryLimit> {
  const version = existsSync(join(ROOT, 'cgroup.controllers')) ? VERSIONS.v2 : VERSIONS.v1;
  const folder = join(version.folder, name);
  const procs = join(folder, 'cgroup.procs');
  const pids = async () => (await readFile(procs, 'utf8')).split('\n').filter(Boolean).map(Number);
  await mkdir(folder);
  await writeFile(join(folder, version.limit), String(bytes));
  return {
    enter: `echo $$ >${procs}`,
    add: (pid) => writeFile(procs, String(pid)),
    pids,
    peakBytes: async () => Number(await readFile(join(folder, version.peak), 'utf8')),
    failures: () => version.failures(folder),
    async remove() {
      for (const pid of await pids()) process.kill(pid, 'SIGKILL');
      await until(async () => (await pids()).length === 0, { what: 'an empty group' });
      await rmdir(folder);
    },
  };
}
