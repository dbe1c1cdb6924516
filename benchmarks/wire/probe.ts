import { atExit } from '../../src/lab/at-exit.js';
import { benchmarkAnswer, type BenchmarkAnswer } from '../../src/api/answers.js';
import { PROBE_TABLE } from '../../src/probe/schema-sql.js';
import { spawnCli } from '../../test/helpers/cli.js';
import { captureWhile } from './capture.js';
import { wireMs, type WireExchange } from './exchanges.js';
import type { Compared, Place } from './place.js';

export const OPERATIONS = ['ping', 'select', 'insert'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Runs of 100 rounds without a distance, until the backend runs compiled code, as after some hours. */
const WARM_UP_RUNS = 10;

/** How an operation's request is known on the wire. */
const REQUEST: Readonly<Record<Operation, RegExp>> = {
  ping: /SELECT 1\0/,
  select: new RegExp(`SELECT [^]* FROM [^]*${PROBE_TABLE}`),
  insert: new RegExp(`INSERT INTO [^]*${PROBE_TABLE}`),
};

/** Every latency of one on-demand run of a warm backend, by operation. */
export async function compareProbe(
  place: Place,
  rounds: number,
): Promise<Record<Operation, Compared>> {
  const backend = spawnCli(['serve'], {
    NODE_ENV: 'production',
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    DB_HOST: place.host,
    DB_PORT: String(place.port),
    DB_USER: place.user,
    DB_PASSWORD: place.password,
    DB_NAME: 'postgres',
    DB_SSLMODE: 'disable',
    SCHEDULE: `0 ${(new Date().getUTCHours() + 12) % 24} * * *`,
  });
  const forgetExit = atExit(() => backend.kill('SIGKILL'));
  try {
    const url = `${await backend.listening()}/api/rds/benchmark`;
    for (let run = 0; run < WARM_UP_RUNS; run++) await measureRun(url, 100);
    place.arrive();
    const { value: answer, exchanges } = await captureWhile(
      place.port,
      () => measureRun(url, rounds),
      { select: inRounds, expected: rounds * OPERATIONS.length },
    );
    const saidMs: Record<Operation, readonly number[]> = {
      ping: answer.ping_latencies,
      select: answer.read_latencies,
      insert: answer.insert_latencies,
    };
    const compare = (operation: Operation): Compared => ({
      saidMs: saidMs[operation],
      wireMs: exchanges.filter(({ request }) => REQUEST[operation].test(request)).map(wireMs),
    });
    return { ping: compare('ping'), select: compare('select'), insert: compare('insert') };
  } finally {
    place.leave();
    backend.kill('SIGTERM');
    await backend.ended;
    forgetExit();
  }
}

async function measureRun(url: string, rounds: number): Promise<BenchmarkAnswer> {
  const response = await fetch(`${url}?iterations=${rounds}`);
  const text = await response.text();
  const answer = response.ok ? benchmarkAnswer.parse(JSON.parse(text)) : null;
  if (answer?.outcome !== 'success') throw new Error(`a run failed: ${text}`);
  return answer;
}

/** Whole rounds only: a ping, a select and an insert, one behind the other on one connection. */
function inRounds(all: WireExchange[]): WireExchange[] {
  const ports = new Set(all.map(({ clientPort }) => clientPort));
  return [...ports].flatMap((port) => {
    const of = all.filter(({ clientPort }) => clientPort === port);
    return of.flatMap((_, start) => {
      const round = of.slice(start, start + OPERATIONS.length);
      const isRound = OPERATIONS.every((name, i) => REQUEST[name].test(round[i]?.request ?? ''));
      return isRound ? round : [];
    });
  });
}
