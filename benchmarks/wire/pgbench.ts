import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { captureWhile } from './capture.js';
import { wireMs } from './exchanges.js';
import type { Compared, Place } from './place.js';

/** So that the script's own SELECT 1 is told from those that pgbench asks before it. */
const MARK = '/* measured */';

/** Every latency of pgbench's `SELECT 1` by the extended protocol, which is one flight as ours. */
export async function comparePgbench(
  program: string,
  place: Place,
  rounds: number,
): Promise<Compared> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-bench-'));
  try {
    await writeFile(join(folder, 'script.sql'), `SELECT 1 ${MARK};\n`);
    const run = () =>
      promisify(execFile)(
        program,
        [
          ...[
            '--no-vacuum',
            '--protocol=extended',
            '--file=script.sql',
            '--log',
            '--log-prefix=log',
          ],
          ...[`--transactions=${rounds}`, '-h', place.host, '-p', String(place.port)],
          ...['-U', place.user, 'postgres'],
        ],
        {
          cwd: folder,
          env: { PGPASSWORD: place.password, PGSSLMODE: 'disable', LC_ALL: 'C' },
        },
      );
    place.arrive();
    const { exchanges } = await captureWhile(place.port, run, {
      select: (all) => all.filter(({ request }) => request.includes(MARK)),
      expected: rounds,
    });
    return { saidMs: await readLog(folder), wireMs: exchanges.map(wireMs) };
  } finally {
    place.leave();
    await rm(folder, { recursive: true, force: true });
  }
}

/** https://www.postgresql.org/docs/current/pgbench.html: the third column is the time in µs. */
async function readLog(folder: string): Promise<number[]> {
  const name = (await readdir(folder)).find((file) => file.startsWith('log.'));
  const text = name === undefined ? '' : await readFile(join(folder, name), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[2]) / 1_000);
}
