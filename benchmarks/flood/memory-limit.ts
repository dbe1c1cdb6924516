import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { atExit } from '../../src/lab/at-exit.js';

/** Where a control group can be made, and what its limit is called: version 1, then version 2. */
const PLACES = [
  { folder: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { folder: '/sys/fs/cgroup', limit: 'memory.max' },
] as const;

/**
 * A launcher that runs what follows it in a control group of its own, as a container with a memory limit
 * does; null: this machine or this user has no right to make one.
 */
export function memoryLimit(megabytes: number): readonly string[] | null {
  for (const { folder, limit } of PLACES) {
    const group = `${folder}/pglatency-bench-${process.pid}`;
    try {
      mkdirSync(group);
      // Once the process in it has ended.
      atExit(() => rmdirSync(group));
      writeFileSync(`${group}/${limit}`, String(megabytes * 1_048_576));
      return ['sh', '-c', `echo $$ > ${group}/cgroup.procs && exec "$@"`, 'sh'];
    } catch {
      // The next one.
    }
  }
  return null;
}
