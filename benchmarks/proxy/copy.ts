import { libpqEnvironment } from '../../test/helpers/libpq-environment.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { until } from '../../test/helpers/until.js';
import { residentMb } from '../harness.js';
import type { AuditProcess, Place } from './audit-process.js';

const MEGABYTE = 1_000_000;

export interface CopyFigures {
  readonly mbPerSecond: number;
  /** By the processor time of the audit's process: what it carries where it has a processor of its own. */
  readonly mbPerProcessorSecond: number | null;
  /** The most that the audit's process held while it went on, above what it had before. */
  readonly grownMb: number | null;
}

/** COPY of rows of a megabyte to psql, which throws them away. */
export async function measureCopy(
  place: Place,
  megabytes: number,
  pid?: number,
): Promise<CopyFigures> {
  const rows = `SELECT repeat('x', ${MEGABYTE - 1}) FROM generate_series(1, ${megabytes})`;
  const before = pid === undefined ? null : await residentMb(pid);
  const usedBefore = pid === undefined ? null : await processorSeconds(pid);
  let most = 0;
  const sampling = setInterval(() => {
    if (pid !== undefined) void residentMb(pid).then((mb) => (most = Math.max(most, mb)));
  }, 100);
  const from = performance.now();
  const psql = spawn('psql', ['-X', '-q', '-c', `COPY (${rows}) TO STDOUT`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: libpqEnvironment(place),
  });
  const [code] = (await once(psql, 'close')) as [number | null];
  clearInterval(sampling);
  if (code !== 0) throw new Error(`psql ended with ${code}`);
  const elapsedMs = performance.now() - from;
  const used = pid === undefined ? null : (await processorSeconds(pid)) - Number(usedBefore);
  return {
    mbPerSecond: (1_000 * megabytes) / elapsedMs,
    mbPerProcessorSecond: used === null ? null : megabytes / used,
    grownMb: before === null ? null : Math.max(0, most - before),
  };
}

/** Of the process, user and system; a clock tick is a hundredth of a second. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How much the audit grows while a client asks for 500 MB and reads nothing. Megabytes. */
export async function measureStalledReader({ place, pid }: AuditProcess): Promise<number> {
  const client = new pg.Client(place);
  client.on('error', () => undefined);
  await client.connect();
  const before = await residentMb(pid);
  const { connection, processID } = client as unknown as {
    connection: { stream: { pause(): void; destroy(): void } };
    processID: number;
  };
  client.query(`SELECT repeat('x', ${MEGABYTE}) FROM generate_series(1, 500)`, () => undefined);
  connection.stream.pause();
  const watcher = new pg.Client(place);
  await watcher.connect();
  // The server has to wait for the client: that is what keeps everything between from growing.
  await until(async () => {
    const { rows } = await watcher.query<{ wait_event: string | null }>(
      'SELECT wait_event FROM pg_stat_activity WHERE pid = $1',
      [processID],
    );
    return rows[0]?.wait_event === 'ClientWrite';
  });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const after = await residentMb(pid);
  connection.stream.destroy();
  await watcher.end();
  return Math.max(0, after - before);
}
