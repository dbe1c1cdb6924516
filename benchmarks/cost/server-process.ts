import { readFile } from 'node:fs/promises';
import { quantile } from '../../src/probe/results/statistics.js';

/** Linux counts processor time in these for every program, whatever its own clock. */
const TICKS_A_SECOND = 100;
const ATTEMPTS = 20;

/** Fields 14 to 17 of proc_pid_stat(5): of the process, and of its children that have ended. */
async function readTicks(pid: number): Promise<{ own: number; ended: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = NaN, system = NaN, endedUser = NaN, endedSystem = NaN] = fields
    .slice(11, 15)
    .map(Number);
  return { own: user + system, ended: endedUser + endedSystem };
}

/**
 * The processor time of a whole server in seconds: the postmaster, its children, and those that have
 * ended, each of which the postmaster has waited for.
 */
export async function serverProcessorSeconds(postmaster: number): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = await readTicks(postmaster);
    const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
    const ticks = await Promise.all(children.trim().split(' ').map(Number).map(readTicks)).catch(
      () => null,
    );
    const after = await readTicks(postmaster);
    // One that ended meanwhile would be counted twice.
    if (ticks === null || before.ended !== after.ended) continue;
    return ticks.reduce((sum, { own }) => sum + own, after.own + after.ended) / TICKS_A_SECOND;
  }
  throw new Error('the server never stood still for long enough to be read');
}

/** The median memory of these processes, in MiB. */
export async function memoryMib(
  pids: readonly number[],
): Promise<{ proportional: number; own: number }> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
      const mib = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1_024;
      return { proportional: mib('Pss'), own: mib('Private_Dirty') + mib('Private_Clean') };
    }),
  );
  const median = (values: number[]) =>
    quantile(
      values.sort((a, b) => a - b),
      0.5,
    ) ?? NaN;
  return {
    proportional: median(each.map(({ proportional }) => proportional)),
    own: median(each.map(({ own }) => own)),
  };
}
