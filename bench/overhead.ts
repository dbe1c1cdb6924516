import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchmarkAnswer } from '../src/http/answers.js';
import type { EmbeddedPostgres } from '../src/lab/embedded-postgres.js';
import { summarise } from '../src/probe/statistics.js';
import { findTool } from '../test/helpers/tools.js';
import { conclude, progress, readOptions, withBackend } from './harness.js';

const MAX_RATIO = 1.5;
const ITERATIONS = 100;
const DEBIAN_FOLDER = '/usr/lib/postgresql';

const { rounds, seconds, json } = readOptions(
  'bench:overhead',
  `What the probe costs beside the database: the median of ping through a real backend on the
loopback, against the mean latency that pgbench measures for SELECT 1 on the same server, in turns.`,
  {
    rounds: { default: 5, help: `turns of ${ITERATIONS} pings, then pgbench` },
    seconds: { default: 2, help: 'how long pgbench measures in a turn' },
  },
);

/** On the PATH, or where Debian keeps it, the newest first. */
async function findPgbench(): Promise<string | null> {
  const onPath = findTool('pgbench');
  if (onPath !== null) return onPath;
  const versions = await readdir(DEBIAN_FOLDER).catch(() => []);
  const [newest] = versions.sort((a, b) => Number(b) - Number(a));
  return newest === undefined ? null : join(DEBIAN_FOLDER, newest, 'bin', 'pgbench');
}

/** Milliseconds, mean. */
async function runPgbench(program: string, postgres: EmbeddedPostgres): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-bench-'));
  const script = join(folder, 'select-1.sql');
  try {
    await writeFile(script, 'SELECT 1;\n');
    const args = ['--no-vacuum', `--file=${script}`, '--client=1', `--time=${seconds}`];
    const where = ['-h', postgres.host, '-p', String(postgres.port), '-U', postgres.user];
    const { stdout } = await promisify(execFile)(program, [...args, ...where, 'postgres'], {
      env: { PGPASSWORD: postgres.password, PGSSLMODE: 'disable', LC_ALL: 'C' },
    });
    const [, ms] = /^latency average = ([\d.]+) ms/m.exec(stdout) ?? [];
    if (ms === undefined) throw new Error(`pgbench said nothing of its latency:\n${stdout}`);
    return Number(ms);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measurePings(url: string): Promise<number[]> {
  const answer = await fetch(`${url}/api/rds/benchmark?iterations=${ITERATIONS}`);
  return benchmarkAnswer.parse(await answer.json()).ping_latencies;
}

async function compare(pgbench: string): Promise<void> {
  const pingsMs: number[] = [];
  const pgbenchMs: number[] = [];
  await withBackend(
    { SCHEDULE: `0 ${(new Date().getUTCHours() + 12) % 24} * * *` },
    async (bench) => {
      await measurePings(bench.url);
      for (let round = 1; round <= rounds; round++) {
        progress(`turn ${round} of ${rounds} …`);
        pingsMs.push(...(await measurePings(bench.url)));
        pgbenchMs.push(await runPgbench(pgbench, bench.postgres));
      }
    },
  );
  const ping = summarise(pingsMs);
  const mean = summarise(pgbenchMs).avg ?? NaN;
  const ratio = (ping.p50 ?? NaN) / mean;
  if (json) console.log(JSON.stringify({ ping_ms: ping, pgbench_mean_ms: mean, ratio }));
  else {
    console.log(
      `ping: p50 ${Number(ping.p50).toFixed(3)} ms, p99 ${Number(ping.p99).toFixed(3)} ms`,
    );
    console.log(`pgbench SELECT 1: mean ${mean.toFixed(3)} ms`);
    console.log(`ratio: ${ratio.toFixed(2)}`);
  }
  conclude(ratio < MAX_RATIO, `p50 of ping below ${MAX_RATIO} × pgbench's mean`);
}

const pgbench = await findPgbench();
if (pgbench === null) {
  progress(`*** SKIPPED: pgbench is neither on the PATH nor in ${DEBIAN_FOLDER} ***`);
  process.exitCode = process.env.CI === 'true' ? 1 : 0;
} else {
  await compare(pgbench);
}
