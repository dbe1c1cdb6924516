import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { findPgbench } from '../../benchmarks/find-pgbench.js';
import { createReport } from '../../src/audit/report/report.js';
import { startRelay } from '../../src/lab/relay.js';
import { quantile } from '../../src/probe/results/statistics.js';
import type { Place } from '../helpers/audited-clients.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { recordAudit } from '../helpers/record-audit.js';
import { requireTool } from '../helpers/tools.js';

/** As far as Sydney is from Ireland. */
const RTT_MS = 269;
const ALLOWED = 0.05;

let database: TestDatabase;
const table = [
  '| unit | trips | projected | measured | off by |',
  '| --- | ---: | ---: | ---: | ---: |',
];
const closes: (() => unknown)[] = [];

beforeAll(async () => {
  database = await createDatabase();
  await database.query('CREATE TABLE audited (id int, name text)');
});
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});
afterAll(async () => {
  await database.drop();
  console.log(table.join('\n'));
});

interface Workload {
  readonly name: string;
  /** Does some units, all of one kind; returns how long each took. Milliseconds. */
  run(place: Place): Promise<number[]>;
}

const workloads: readonly Workload[] = [
  {
    name: 'node-postgres: a transaction',
    run: (place) =>
      timed(place, async (client) => {
        await client.query('BEGIN');
        await client.query('INSERT INTO audited (id, name) VALUES ($1, $2)', [1, 'a name']);
        await client.query('SELECT count(*) FROM audited');
        await client.query('COMMIT');
      }),
  },
  {
    name: 'node-postgres: a slow statement',
    run: (place) => timed(place, (client) => client.query('SELECT pg_sleep(0.1)')),
  },
  { name: 'pgbench -M extended: a transaction', run: runPgbench },
];

async function timed(
  place: Place,
  unit: (client: pg.Client) => Promise<unknown>,
): Promise<number[]> {
  const client = new pg.Client({ ...place });
  await client.connect();
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    // Longer than the pause that ends a unit.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const from = performance.now();
    await unit(client);
    times.push(performance.now() - from);
  }
  await client.end();
  return times;
}

/** What pgbench says that a transaction took, without the connection. */
async function runPgbench({ host, port, user, password, database: name }: Place) {
  const folder = mkdtempSync(join(tmpdir(), 'audit-projection-'));
  const script = join(folder, 'script.sql');
  writeFileSync(script, 'BEGIN;\nINSERT INTO audited VALUES (1);\nSELECT 5;\nCOMMIT;\n');
  const where = ['-h', host, '-p', String(port), '-U', user, name];
  try {
    const { stdout } = await promisify(execFile)(
      (await findPgbench()) ?? 'pgbench',
      ['-n', '-M', 'extended', '-f', script, '-t', '5', ...where],
      { env: { ...process.env, PGPASSWORD: password, PGSSLMODE: 'disable' } },
    );
    return [Number(/latency average = ([\d.]+) ms/.exec(stdout)?.[1])];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The trips of its units, and what the report projects for Sydney. */
async function project({ run }: Workload): Promise<{ trips: number; ms: number }> {
  const recording = await recordAudit(database.name);
  await run(recording.place);
  const { counts, kinds, encryptionTrips, measuredMs, cancelRequests } = await recording.finish();
  const { units } = createReport({
    version: '0.1.0',
    measured_s: measuredMs / 1_000,
    distances: [{ region: 'syd', rtt_ms: RTT_MS }],
    distances_from: 'the test',
    as_if: null,
    pause_ms: 20,
    cancel_requests: cancelRequests,
    remarks: [],
    counts,
    kinds,
    encryptionTrips,
  });
  const [unit] = units;
  expect(units).toHaveLength(1);
  return { trips: unit?.trips_p50 ?? NaN, ms: unit?.projected_ms?.syd ?? NaN };
}

/** The same across the distance, with nothing but the relay between. */
async function measure({ run }: Workload): Promise<number> {
  const { host, port, user, password } = inject('postgres');
  const relay = await startRelay({ upstream: { host, port }, rttMs: RTT_MS });
  closes.push(relay.close);
  const place = { host: '127.0.0.1', port: relay.port, user, password, database: database.name };
  const sorted = (await run(place)).sort((a, b) => a - b);
  return quantile(sorted, 0.5) ?? NaN;
}

test.for(workloads)(
  '$name: the projection is what it takes at that distance',
  { retry: 2 },
  async (workload, context) => {
    if (workload.run === runPgbench && (await findPgbench()) === null) {
      requireTool(context, 'pgbench', 'Debian: apt install postgresql-15');
    }
    const projected = await project(workload);
    const measuredMs = await measure(workload);
    const off = measuredMs / projected.ms - 1;
    const figures = [`${projected.ms.toFixed(0)} ms`, `${measuredMs.toFixed(0)} ms`];
    table.push(
      `| ${workload.name} | ${projected.trips} | ${figures.join(' | ')} | ${(100 * off).toFixed(1)} % |`,
    );
    expect(Math.abs(off)).toBeLessThan(ALLOWED);
  },
);
