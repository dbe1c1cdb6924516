import { rmSync } from 'node:fs';
import pg from 'pg';
import { historyAnswer } from '../src/api/answers.js';
import { atExit } from '../src/lab/at-exit.js';
import { summarise } from '../src/probe/results/statistics.js';
import { parseExposition, valueOf } from '../test/helpers/exposition.js';
import { startManyTargets } from '../test/helpers/many-targets.js';
import { createTargetsFile } from '../test/helpers/targets-file.js';
import { until } from '../test/helpers/until.js';
import { conclude, progress, readOptions, withBackend } from './harness.js';

const INTERVAL_S = 10;
const ROUNDS = 5;
const MAX_SHARE = 0.02;
const MAX_MS = 0.5;
const COLUMNS = ['ping_p50_ms', 'read_p50_ms', 'insert_p50_ms'] as const;

const { turns, runs, json } = readOptions(
  'bench:targets',
  `What five targets at distances from 1 to 300 ms are measured at, each alone and beside the other
four, two that hang and one that refuses: one backend, whose file of targets is changed from phase to
phase, in turns, so that a drift of the machine hits both. And whether every tick ran.`,
  {
    turns: { default: 3, help: 'turns of six phases' },
    runs: { default: 2, help: `runs in each phase, one every ${INTERVAL_S} s` },
  },
);

/** Each run's median. */
type Medians = Record<(typeof COLUMNS)[number], number[]>;

interface Phase {
  readonly medians: ReadonlyMap<string, Medians>;
  readonly everyTickRan: boolean;
}

const file = createTargetsFile();
atExit(() => rmSync(file.folder, { recursive: true, force: true }));
file.write([{ name: 'none-yet', host: '127.0.0.1', port: 1 }]);

const env = {
  DB_HOST: '',
  TARGETS_FILE: file.path,
  SCHEDULE: `*/${INTERVAL_S} * * * * *`,
  ITERATIONS: String(ROUNDS),
};

const { rows, everyTickRan } = await withBackend(env, async ({ url, backend, postgres }) => {
  const admin = new pg.Client(postgres.connection);
  await admin.connect();
  const many = await startManyTargets(postgres, async (name) => {
    await admin.query(`CREATE DATABASE ${name}`);
    return name;
  });

  async function metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    return valueOf(parseExposition(text), name, labels) ?? 0;
  }
  const ticks = () => metric('pglatency_schedule_delay_seconds_count');
  const runsOf = (target: string) =>
    metric('pglatency_runs_total', { target, trigger: 'schedule', outcome: 'success' });

  async function mediansSince(target: string, sinceMs: number): Promise<Medians> {
    const answer = await fetch(`${url}/api/rds/history?target=${target}`);
    const history = historyAnswer.parse(await answer.json());
    const isOfPhase = history.ended_at_s.map((at) => at * 1_000 > sinceMs);
    const ofPhase = (column: (typeof COLUMNS)[number]) =>
      history[column].flatMap((ms, i) => (isOfPhase[i] ? (ms ?? []) : []));
    return Object.fromEntries(COLUMNS.map((name) => [name, ofPhase(name)])) as Medians;
  }

  /** Measures these targets; says the healthy ones' figures, and whether each of them had each tick. */
  async function phase(names: readonly string[], entries: readonly object[]) {
    progress(`${names.join(', ')}${entries.length > names.length ? ' and the others' : ''}`);
    file.write(entries);
    backend.kill('SIGHUP');
    const slowest = names.at(-1) as string;
    await until(async () => (await metric('pglatency_target_up', { target: slowest })) === 1, {
      withinMs: 60_000,
    });
    // The first run opened the connections; what counts comes after it.
    const idle = async (count: number) => (await runsOf(slowest)) >= count;
    const before = await runsOf(slowest);
    await until(() => idle(before + 1), { withinMs: 60_000, everyMs: 200 });
    const sinceMs = Date.now();
    const start = { ticks: await ticks(), runs: await Promise.all(names.map(runsOf)) };
    await until(() => idle(before + 1 + runs), { withinMs: 3_600_000, everyMs: 200 });
    const end = { ticks: await ticks(), runs: await Promise.all(names.map(runsOf)) };
    const medians = new Map<string, Medians>();
    for (const name of names) medians.set(name, await mediansSince(name, sinceMs));
    const ran = end.runs.map((count, i) => count - Number(start.runs[i]));
    progress(`  ${end.ticks - start.ticks} ticks, runs: ${ran.join(', ')}`);
    return { medians, everyTickRan: ran.every((count) => count === end.ticks - start.ticks) };
  }

  try {
    const { healthy, hanging, refusing } = many;
    const names = healthy.map(({ name }) => name);
    const all = [...hanging, ...refusing, ...healthy.map(({ entry }) => entry)];
    const together: Phase[] = [];
    const alone: Phase[] = [];
    for (let turn = 1; turn <= turns; turn++) {
      progress(`turn ${turn} of ${turns}`);
      together.push(await phase(names, all));
      for (const { name, entry } of healthy) alone.push(await phase([name], [entry]));
    }
    const everyTick = [...together, ...alone].every(({ everyTickRan }) => everyTickRan);
    const found = [];
    for (const name of names) {
      for (const column of COLUMNS) {
        const medianOf = (phases: readonly Phase[]) =>
          Number(summarise(phases.flatMap((it) => it.medians.get(name)?.[column] ?? [])).p50);
        const [aloneMs, togetherMs] = [medianOf(alone), medianOf(together)];
        const differenceMs = togetherMs - aloneMs;
        const isGood = Math.abs(differenceMs) <= Math.max(MAX_MS, aloneMs * MAX_SHARE);
        found.push({ target: name, column, aloneMs, togetherMs, differenceMs, isGood });
      }
    }
    return { rows: found, everyTickRan: everyTick };
  } finally {
    await many.close();
    await admin.end();
  }
});

if (json) console.log(JSON.stringify({ rows, everyTickRan }));
else {
  console.log('target  figure          alone ms  together ms  difference');
  for (const { target, column, aloneMs, togetherMs, differenceMs } of rows) {
    const figures = [aloneMs.toFixed(3).padStart(10), togetherMs.toFixed(3).padStart(13)];
    console.log(
      `${target.padEnd(8)}${column.padEnd(14)}${figures.join('')}${differenceMs.toFixed(3).padStart(12)}`,
    );
  }
}
conclude(
  everyTickRan && rows.every(({ isGood }) => isGood),
  `each p50 within ${MAX_SHARE * 100} % or ${MAX_MS} ms of what it is alone, and every tick ran`,
);
