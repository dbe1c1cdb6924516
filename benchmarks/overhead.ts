import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { benchmarkAnswer } from '../src/api/answers.js';
import type { EmbeddedPostgres } from '../src/lab/embedded-postgres.js';
import { summarise } from '../src/probe/results/statistics.js';
import { DEBIAN_FOLDER, findPgbench } from './find-pgbench.js';
import { conclude, progress, readOptions, withBackend } from './harness.js';

const MAX_RATIO = 1.5;
const ITERATIONS = 100;
/** Together below the benchmark's limit of 60 a minute. */
const WARM_UP_RUNS = 15;
const RUNS = 40;

const { turns, seconds, json } = readOptions(
  'bench:overhead',
  `What the probe costs beside the database: the median of ping through a real backend on the
loopback, against pgbench's mean for SELECT 1 on the same server, in turns: in the same rounds with a select
and an insert, which is what the verdict goes by, and alone.`,
  {
    turns: { default: 5, help: `turns, which share ${RUNS} runs of ${ITERATIONS} rounds` },
    seconds: { default: 2, help: 'how long each pgbench measures in a turn' },
  },
);

/** SELECT 1 alone, over and over: everything stays warm. */
const ALONE = 'SELECT 1;\n';
/** As the probe does it: in turn with the other two, after which the client has slept. */
const IN_ROUNDS = `SELECT 1;
SELECT count(*)::int AS rows FROM pglatency_probe WHERE region = 'local';
INSERT INTO pglatency_probe (region) VALUES ('pgbench');
`;

/** pgbench's mean latency of the script's SELECT 1, milliseconds. */
async function runPgbench(
  program: string,
  postgres: EmbeddedPostgres,
  sql: string,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-bench-'));
  const script = join(folder, 'script.sql');
  try {
    await writeFile(script, sql);
    const args = ['--no-vacuum', `--file=${script}`, '--report-per-command', `--time=${seconds}`];
    const where = ['-h', postgres.host, '-p', String(postgres.port), '-U', postgres.user];
    const { stdout } = await promisify(execFile)(program, [...args, ...where, 'postgres'], {
      env: { PGPASSWORD: postgres.password, PGSSLMODE: 'disable', LC_ALL: 'C' },
    });
    const [, ms] = /^ +([\d.]+) .*SELECT 1;$/m.exec(stdout) ?? [];
    if (ms === undefined) throw new Error(`pgbench said nothing of its latency:\n${stdout}`);
    return Number(ms);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measurePings(url: string, runs: number): Promise<number[]> {
  const pingsMs: number[] = [];
  for (let run = 0; run < runs; run++) {
    const answer = await fetch(`${url}/api/rds/benchmark?iterations=${ITERATIONS}`);
    pingsMs.push(...benchmarkAnswer.parse(await answer.json()).ping_latencies);
  }
  return pingsMs;
}

async function compare(pgbench: string): Promise<void> {
  const pingsMs: number[] = [];
  const aloneMs: number[] = [];
  const inRoundsMs: number[] = [];
  const idle = { SCHEDULE: `0 ${(new Date().getUTCHours() + 12) % 24} * * *` };
  await withBackend(idle, async ({ url, postgres }) => {
    // As pgbench, which is compiled before it starts, and a backend that has run for a day.
    await measurePings(url, WARM_UP_RUNS);
    for (let turn = 1; turn <= turns; turn++) {
      progress(`turn ${turn} of ${turns} …`);
      pingsMs.push(...(await measurePings(url, Math.ceil(RUNS / turns))));
      inRoundsMs.push(await runPgbench(pgbench, postgres, IN_ROUNDS));
      aloneMs.push(await runPgbench(pgbench, postgres, ALONE));
    }
  });
  const ping = summarise(pingsMs);
  const [inRounds, alone] = [mean(inRoundsMs), mean(aloneMs)];
  const ratio = Number(ping.p50) / inRounds;
  const figures = { ping_ms: ping, pgbench_in_rounds_ms: inRounds, pgbench_alone_ms: alone, ratio };
  if (json) console.log(JSON.stringify(figures));
  else {
    console.log(`ping: p50 ${ms(ping.p50)} ms, p99 ${ms(ping.p99)} ms`);
    console.log(`pgbench, mean of SELECT 1: in rounds ${ms(inRounds)} ms, alone ${ms(alone)} ms`);
    const toAlone = (Number(ping.p50) / alone).toFixed(2);
    console.log(`ratio to the rounds: ${ratio.toFixed(2)}, to SELECT 1 alone: ${toAlone}`);
  }
  conclude(ratio < MAX_RATIO, `p50 of ping below ${MAX_RATIO} × pgbench's mean in the same rounds`);
}

const mean = (values: readonly number[]) => Number(summarise(values).avg);
const ms = (value: number | null) => Number(value).toFixed(3);

const pgbench = await findPgbench();
if (pgbench === null) {
  progress(`*** SKIPPED: pgbench is neither on the PATH nor in ${DEBIAN_FOLDER} ***`);
  process.exitCode = process.env.CI === 'true' ? 1 : 0;
} else {
  await compare(pgbench);
}
