import { rmSync } from 'node:fs';
import pg from 'pg';
import { atExit } from '../../src/lab/at-exit.js';
import { startEmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { summarise } from '../../src/probe/results/statistics.js';
import { spawnCli, type CliProcess } from './cli.js';
import { parseExposition, valueOf } from './exposition.js';
import { canHaveSickNames, startSickNames } from './sick-names.js';
import { startSickTargets, type SickTarget } from './sick-targets.js';
import { createTargetsFile } from './targets-file.js';
import { until } from './until.js';

/** On the loopback, and beyond a relay. */
export const HEALTHY = ['near', 'far'] as const;
export type Healthy = (typeof HEALTHY)[number];
/** As the log calls a run's figures. */
export const FIGURES = ['connect_ms', 'ping_p50_ms', 'select_p50_ms', 'insert_p50_ms'] as const;
export type Figure = (typeof FIGURES)[number];

/** One run of a healthy target. */
interface Run extends Record<Figure, number | null> {
  readonly target: Healthy;
  readonly outcome: string;
  /** The second of its tick, in Unix time. */
  readonly tick: number;
}

/** What became of the healthy targets in some seconds. */
export interface Phase {
  readonly runs: readonly Run[];
  /** Ticks without a run that succeeded, as `target second`. */
  readonly lost: readonly string[];
  /** Most of the server processes of one healthy target at a time. */
  readonly most: number;
  /** How often the probe's thread ended. */
  readonly restarts: number;
  /** The reasons for which each sick target failed. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** A backend that measures the healthy targets, and whoever is put beside them. */
export interface Beside {
  readonly sick: readonly SickTarget[];
  /** Measures the healthy targets and these at every second, for so many seconds. */
  measure(sick: readonly SickTarget[], seconds: number): Promise<Phase>;
  close(): Promise<void>;
}

const FAR_MS = 12;
/** A second has ample room for them from afar: four round trips, 3 in each round, and some to keep house. */
const ROUNDS = 5;
/** A run's start is computed from its end, which is logged to the millisecond. */
const START_ERROR_MS = 50;
/** On-demand runs of 100 rounds that come first, so that compiled code is measured. */
const WARM_UP_RUNS = 10;

/** Everything is started here and ended by `close`: the server, the relay, the backend, the sick ones. */
export async function startBeside(): Promise<Beside> {
  const closes: (() => unknown)[] = [];
  const close = async () => {
    for (const end of closes.reverse()) await end();
    closes.length = 0;
  };
  try {
    // A disk that is slow now and then would be taken for somebody else's sickness.
    const postgres = await startEmbeddedPostgres({ settings: { synchronous_commit: 'off' } });
    closes.push(() => postgres.dispose());
    const admin = new pg.Client(postgres.connection);
    await admin.connect();
    closes.push(() => admin.end());
    for (const database of HEALTHY) await admin.query(`CREATE DATABASE ${database}`);
    const names = canHaveSickNames() ? await startSickNames() : null;
    if (names !== null) closes.push(names.close);
    const sick = await startSickTargets(postgres, names);
    closes.push(sick.close);

    const relay = start(['relay', `--upstream=127.0.0.1:${postgres.port}`, `--rtt=${FAR_MS}`]);
    closes.push(relay.end);
    const relayPort = await until(() => /:(\d+) is/.exec(relay.cli.stdout())?.[1]);

    const file = createTargetsFile();
    closes.push(() => rmSync(file.folder, { recursive: true, force: true }));
    const host = names?.healthyName ?? '127.0.0.1';
    const healthy = [
      { name: 'near', database: 'near', host, port: postgres.port },
      { name: 'far', database: 'far', host: '127.0.0.1', port: Number(relayPort) },
    ];
    file.write(healthy);
    const env = {
      NODE_ENV: 'production',
      LISTEN_HOST: '127.0.0.1',
      PORT: '0',
      DB_USER: postgres.user,
      DB_PASSWORD: postgres.password,
      DB_NAME: 'postgres',
      DB_SSLMODE: 'disable',
      TARGETS_FILE: file.path,
      SCHEDULE: '* * * * * *',
      ITERATIONS: String(ROUNDS),
      OPERATION_TIMEOUT_MS: '2000',
    };
    const backend = start(['serve'], env, names?.launcher);
    closes.push(backend.end);
    const url = await backend.cli.listening();
    await warmUp(url);
    const put = (entries: readonly object[]) => {
      const lines = () => reloads(backend.cli);
      const before = lines();
      file.write([...entries, ...healthy]);
      backend.cli.kill('SIGHUP');
      return until(() => lines() > before, { what: 'the new targets' });
    };
    return {
      sick: sick.all,
      measure: (beside, seconds) => measure({ cli: backend.cli, url, admin, put, beside, seconds }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function start(args: string[], env: Record<string, string> = {}, launcher?: readonly string[]) {
  const cli = spawnCli(args, env, [], launcher);
  const forget = atExit(() => cli.kill('SIGKILL'));
  const end = async () => {
    cli.kill();
    await cli.ended;
    forget();
  };
  return { cli, end };
}

async function warmUp(url: string): Promise<void> {
  for (let run = 0; run < WARM_UP_RUNS; run++) {
    const answer = await fetch(`${url}/api/rds/benchmark?iterations=100&target=near`);
    if (!answer.ok) throw new Error(`the warm-up failed: ${await answer.text()}`);
  }
}

function reloads(cli: CliProcess): number {
  return cli.logs().filter(({ msg }) => msg === 'the configuration was read again').length;
}

async function measure(options: {
  readonly cli: CliProcess;
  readonly url: string;
  readonly admin: pg.Client;
  readonly put: (entries: readonly object[]) => Promise<unknown>;
  readonly beside: readonly SickTarget[];
  readonly seconds: number;
}): Promise<Phase> {
  const { cli, url, admin, put, beside, seconds } = options;
  const restartsBefore = (await scrape(url)).restarts;
  await put(beside.map(({ entry }) => entry));
  const first = Math.ceil(Date.now() / 1_000);
  const ticks = Array.from({ length: seconds }, (_, i) => first + i);
  const due = HEALTHY.flatMap((target) => ticks.map((tick) => `${target} ${tick}`));
  const seen = () => runsOf(cli).filter(({ tick }) => ticks.includes(tick));
  const endsAtMs = (first + seconds) * 1_000;
  let most = 0;
  // What has not ended some seconds after its second is lost.
  const isOver = () =>
    Date.now() >= endsAtMs && (seen().length >= due.length || Date.now() > endsAtMs + 3_000);
  await until(
    async () => {
      most = Math.max(most, await mostProcesses(admin));
      return isOver();
    },
    { withinMs: seconds * 1_000 + 30_000, everyMs: 100 },
  );
  const runs = seen();
  const done = new Set(
    runs.filter(({ outcome }) => outcome === 'success').map((run) => `${run.target} ${run.tick}`),
  );
  const { restarts, reasons } = await scrape(url);
  return {
    runs,
    lost: due.filter((tick) => !done.has(tick)),
    most,
    restarts: restarts - restartsBefore,
    reasons,
  };
}

async function scrape(url: string) {
  const series = parseExposition(await (await fetch(`${url}/metrics`)).text());
  const failures = series.filter(
    ({ name, value }) => name === 'pglatency_operation_failures_total' && value > 0,
  );
  const reasons = new Map<string, string>();
  for (const { labels } of failures) {
    const { target = '', reason = '' } = labels;
    const known = reasons.get(target)?.split(', ') ?? [];
    reasons.set(target, [...new Set([...known, reason])].sort().join(', '));
  }
  return { restarts: valueOf(series, 'pglatency_worker_restarts_total') ?? 0, reasons };
}

function runsOf(cli: CliProcess): Run[] {
  return cli
    .logs()
    .filter(({ msg, target }) => msg === 'run' && HEALTHY.includes(target as Healthy))
    .filter(({ trigger }) => trigger === 'schedule')
    .map((line) => {
      const startedAtMs = Date.parse(String(line.time)) - Number(line.duration_ms);
      return {
        ...(line as unknown as Run),
        tick: Math.floor((startedAtMs + START_ERROR_MS) / 1_000),
      };
    });
}

/** Of one healthy target, in whatever state. */
async function mostProcesses(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE application_name LIKE 'pglatency/%' AND datname = ANY ($1)
     GROUP BY datname ORDER BY n DESC LIMIT 1`,
    [HEALTHY],
  );
  return rows[0]?.n ?? 0;
}

/**
 * How much slower than alone, as a share or in milliseconds. At a run a second the targets start some 30 ms apart,
 * so one's connection is made while another's flood comes in; at a run a minute they start up to a second apart.
 */
const ALLOWED = { connection: { share: 0.1, ms: 5 }, query: { share: 0.02, ms: 0.5 } };

/** A figure of a healthy target without and with the sick ones beside it, in milliseconds. */
export interface Comparison {
  readonly target: Healthy;
  readonly figure: Figure;
  readonly aloneMs: number;
  readonly besideMs: number;
  readonly isGood: boolean;
}

/**
 * The medians of the runs, and the fastest connection: there is one a run, and what else this machine does
 * is in half of them. Good: as ALLOWED says.
 */
export function compare(alone: readonly Phase[], beside: readonly Phase[]): Comparison[] {
  const typical = (phases: readonly Phase[], target: Healthy, figure: Figure) => {
    const runs = phases.flatMap((phase) => phase.runs).filter((run) => run.target === target);
    const { min, p50 } = summarise(runs.flatMap((run) => run[figure] ?? []));
    return Number(figure === 'connect_ms' ? min : p50);
  };
  return HEALTHY.flatMap((target) =>
    FIGURES.map((figure) => {
      const aloneMs = typical(alone, target, figure);
      const besideMs = typical(beside, target, figure);
      const { share, ms } = ALLOWED[figure === 'connect_ms' ? 'connection' : 'query'];
      const isGood = besideMs - aloneMs <= Math.max(ms, aloneMs * share);
      return { target, figure, aloneMs, besideMs, isGood };
    }),
  );
}
