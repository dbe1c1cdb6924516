import { setTimeout as delay } from 'node:timers/promises';
import { withCostServer, withRegions, type CostServer } from './cost/regions.js';
import { RUNS_A_DAY, REGIONS, SPEED } from './cost/lapse.js';
import { readLedger, ROLE, scale, subtract, withoutIdle, type Ledger } from './cost/ledger.js';
import { watchHeld, type Held } from './cost/held.js';
import { memoryMib } from './cost/server-process.js';
import { conclude, progress, readOptions } from './harness.js';

const SECONDS_A_DAY = 86_400;
const MIB = 1_048_576;
/** What a backend may hold of one target, in any state. */
const MAX_CONNECTIONS = 6;

const { seconds, idle, json } = readOptions(
  'bench:database-cost',
  `What ten regions with the default settings cost the database in a day. Ten backends, TLS and SCRAM, on a
PostgreSQL of their own whose clockwork (schedule, retention, checkpoints, autovacuum) runs ${SPEED} times as fast;
less what the same server does without them; scaled by the number of runs. The processor time is that of the
server's processes, those that have ended too (/proc).`,
  {
    seconds: { default: 180, help: 'how long the regions are measured' },
    idle: { default: 60, help: 'how long the server is measured without them, in seconds' },
  },
);

interface Spent {
  readonly ledger: Ledger;
  readonly held: Held;
}

async function watch({ postgres, client }: CostServer, forSeconds: number): Promise<Spent> {
  const postmaster = postgres.pid ?? NaN;
  const start = await readLedger(client, postmaster);
  const held = await watchHeld(client, forSeconds);
  return { ledger: subtract(await readLedger(client, postmaster), start), held };
}

async function memoryOfConnections({ client }: CostServer) {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE usename = '${ROLE}' AND state = 'idle'`,
  );
  return memoryMib(rows.map(({ pid }) => pid));
}

async function measure() {
  return withCostServer(async (server) => {
    progress(`the server alone, ${idle} s …`);
    const alone = await watch(server, idle);
    const { rows } = await server.client.query<{ version: string }>(
      `SELECT current_setting('server_version') AS version`,
    );
    progress('ten regions start …');
    return withRegions(server, async ({ countRuns }) => {
      progress(`ten regions, ${seconds} s …`);
      await delay(1_500 - (Date.now() % 1_000)); // Runs start at full seconds: none is cut in two.
      const before = countRuns();
      const busy = await watch(server, seconds);
      const runs = countRuns() - before;
      const memory_mib = await memoryOfConnections(server);
      const spent = withoutIdle(busy.ledger, alone.ledger);
      return {
        server_version: rows[0]?.version ?? null,
        runs,
        a_run: scale(spent, 1 / runs),
        a_day: scale(spent, RUNS_A_DAY / runs),
        alone_a_second: scale(alone.ledger, 1 / alone.ledger.atSeconds),
        held: busy.held,
        memory_mib,
      };
    });
  });
}

type Cost = Awaited<ReturnType<typeof measure>>;

const LINES: readonly [keyof Ledger, string, (value: number) => string][] = [
  ['statements', 'statements', (value) => count(value)],
  ['writes', '  of these, writes', (value) => count(value)],
  ['transactions', 'transactions, autovacuum included', (value) => count(value)],
  ['connections', 'connections made', (value) => count(value)],
  ['walBytes', 'WAL', (value) => bytes(value)],
  ['deadRows', 'rows made dead', (value) => count(value)],
  ['autovacuums', 'autovacuum runs of its table', (value) => count(value)],
  ['processorSeconds', 'processor time', (value) => duration(value)],
];

function count(value: number): string {
  const digits = Math.abs(value) < 100 ? 2 : 0;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
function bytes(value: number): string {
  return value < MIB ? `${(value / 1_024).toFixed(1)} KiB` : `${(value / MIB).toFixed(1)} MiB`;
}
function duration(value: number): string {
  return value < 1 ? `${(value * 1_000).toFixed(1)} ms` : `${value.toFixed(0)} s`;
}

function print({ server_version, runs, a_run, a_day, held, memory_mib }: Cost): void {
  console.log(
    `PostgreSQL ${server_version}; ${runs} runs measured, scaled to ${RUNS_A_DAY} (${REGIONS} regions, one a minute)\n`,
  );
  const line = (name: string, ...cells: string[]) =>
    console.log(`${name.padEnd(36)}${cells.map((cell) => cell.padStart(14)).join('')}`);
  line('', 'a run', 'a day');
  for (const [key, name, show] of LINES) line(name, show(a_run[key]), show(a_day[key]));
  const share = (a_day.processorSeconds / SECONDS_A_DAY) * 100;
  line('  of one core', '', `${share.toFixed(2)} %`);
  console.log('\nheld');
  line('connections of a region', String(held.connections), `at most ${held.mostConnections}`);
  line('memory of each, its own', `${memory_mib.own.toFixed(1)} MiB`);
  line('  with its share of the shared (Pss)', `${memory_mib.proportional.toFixed(1)} MiB`);
  line('rows in the table', count(held.rows), `${count(held.deadRows)} dead`);
  line('table and indexes', bytes(held.tableBytes), bytes(held.indexBytes));
}

const cost = await measure();
if (json) console.log(JSON.stringify(cost));
else print(cost);
conclude(
  cost.runs > 0 && cost.held.mostConnections <= MAX_CONNECTIONS,
  `every run succeeded, and no region held more than ${MAX_CONNECTIONS} connections`,
);
