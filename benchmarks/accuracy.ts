import { availableParallelism, loadavg, setPriority } from 'node:os';
import { jitterOf } from '../src/lab/distances.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/lab/embedded-postgres.js';
import { startRelay } from '../src/lab/relay.js';
import { summarise } from '../src/probe/results/statistics.js';
import { findPgbench } from './find-pgbench.js';
import { conclude, progress, readOptions } from './harness.js';
import { captureProblem } from './wire/capture.js';
import { compareFloor } from './wire/floor.js';
import { comparePing } from './wire/ping.js';
import { comparePgbench } from './wire/pgbench.js';
import type { Compared, Place } from './wire/place.js';
import { compareProbe, OPERATIONS } from './wire/probe.js';

/** Round-trip times in milliseconds; 0 is the loopback, without a relay. */
const DISTANCES_MS = [0, 12, 86, 269];
const MAX_ERROR_MS = { loopback: 0.2, distance: 0.35 };
/** A second flight would cost twice a ping. */
const ONE_TRIP_FACTOR = 1.05;
const ONE_TRIP_EXTRA_MS = 5;

const { rounds, json } = readOptions(
  'bench:accuracy',
  `Compares every latency of ping, select and insert, and of the command \`pglatency ping\`, with the time stamps of the packets (tcpdump), on the
loopback and at 12, 86 and 269 ms, and pgbench and a bare socket of Node in the same run. What it prints is
the error: what was said, less the time on the wire from the request's first packet to the answer's last.
Needs root and tcpdump.`,
  { rounds: { default: 60, help: 'queries of each kind at each distance, at most 100' } },
);

/** A client's figures at a distance; milliseconds. `limit_ms`: null: it is there to compare with. */
interface Row {
  readonly rtt_ms: number;
  readonly client: string;
  readonly samples: number;
  readonly wire_p50_ms: number;
  readonly error_p50_ms: number;
  readonly error_p95_ms: number;
  readonly before_p50_ms: number | null;
  readonly after_p50_ms: number | null;
  readonly limit_ms: number | null;
  readonly ok: boolean | null;
}

const median = (values: readonly number[]) => summarise(values).p50 ?? NaN;

function toRow(rttMs: number, client: string, compared: Compared, limitMs: number | null): Row {
  const { saidMs, wireMs } = compared;
  if (saidMs.length !== wireMs.length) {
    throw new Error(`${client}: ${saidMs.length} latencies, ${wireMs.length} on the wire`);
  }
  const errors = summarise(saidMs.map((ms, i) => ms - (wireMs[i] ?? NaN)));
  return {
    rtt_ms: rttMs,
    client,
    samples: errors.count,
    wire_p50_ms: median(wireMs),
    error_p50_ms: errors.p50 ?? NaN,
    error_p95_ms: errors.p95 ?? NaN,
    before_p50_ms: null,
    after_p50_ms: null,
    limit_ms: limitMs,
    ok: limitMs === null ? null : Math.abs(errors.p50 ?? NaN) <= limitMs,
  };
}

/** Lends a place at this distance. The capture is on the client's side of the relay. */
async function withPlace<T>(
  { host, port, user, password }: EmbeddedPostgres,
  rttMs: number,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const still = () => undefined;
  if (rttMs === 0) return use({ host, port, user, password, arrive: still, leave: still });
  const jitterMs = jitterOf(rttMs);
  const relay = await startRelay({ upstream: { host, port }, rttMs: 0, jitterMs });
  try {
    return await use({
      ...{ host, port: relay.port, user, password },
      arrive: () => relay.setRtt(rttMs),
      leave: () => relay.setRtt(0),
    });
  } finally {
    await relay.close();
  }
}

async function measureAt(place: Place, rttMs: number, pgbench: string): Promise<Row[]> {
  const limitMs = rttMs === 0 ? MAX_ERROR_MS.loopback : MAX_ERROR_MS.distance;
  const probe = await compareProbe(place, rounds);
  const floor = await compareFloor(place, rounds);
  return [
    ...OPERATIONS.map((name) => toRow(rttMs, name, probe[name], limitMs)),
    toRow(rttMs, 'ping command', await comparePing(place, rounds), limitMs),
    toRow(rttMs, 'pgbench', await comparePgbench(pgbench, place, rounds), null),
    {
      ...toRow(rttMs, 'bare socket', floor, null),
      before_p50_ms: median(floor.beforeMs),
      after_p50_ms: median(floor.afterMs),
    },
  ];
}

/** A select and an insert are one flight each, as a ping. */
function isOneTrip(rows: readonly Row[]): boolean {
  const wireOf = (name: string) => rows.find(({ client }) => client === name)?.wire_p50_ms ?? NaN;
  const limitMs = wireOf('ping') * ONE_TRIP_FACTOR + ONE_TRIP_EXTRA_MS;
  return wireOf('select') < limitMs && wireOf('insert') < limitMs;
}

/**
 * Waiting for a processor that somebody else uses is no error of the probe: what is started from here
 * goes first, where we may say so. A busy machine is named beside the figures.
 */
function preferOurselves(): void {
  setPriority(-10);
  const [load = 0] = loadavg();
  if (load < availableParallelism() / 2) return;
  progress(`*** this machine is busy (load average ${load.toFixed(1)}): expect errors of that ***`);
}

function print(rows: readonly Row[]): void {
  const figure = (ms: number | null, width: number) => (ms?.toFixed(3) ?? '').padStart(width);
  console.log(
    'rtt ms  client         wire p50  error p50  error p95   before    after   limit (ms)',
  );
  for (const row of rows) {
    const error = `${figure(row.error_p50_ms, 11)}${figure(row.error_p95_ms, 11)}`;
    const sides = `${figure(row.before_p50_ms, 9)}${figure(row.after_p50_ms, 9)}`;
    const verdict = row.ok === null ? '' : `${figure(row.limit_ms, 8)}  ${row.ok ? 'ok' : 'FAIL'}`;
    console.log(
      `${String(row.rtt_ms).padStart(6)}  ${row.client.padEnd(12)}${figure(row.wire_p50_ms, 11)}${error}${sides}${verdict}`.trimEnd(),
    );
  }
}

const problem = captureProblem();
const pgbench = await findPgbench();
if (problem !== null || pgbench === null) {
  progress(`*** bench:accuracy cannot run: ${problem ?? 'pgbench is missing'} ***`);
  process.exit(1);
}
preferOurselves();
const rows: Row[] = [];
const trust = { hba: ['host all all 127.0.0.1/32 trust'] };
const database = await startEmbeddedPostgres(trust);
try {
  for (const rttMs of DISTANCES_MS) {
    progress(rttMs === 0 ? 'loopback …' : `${rttMs} ms …`);
    rows.push(...(await withPlace(database, rttMs, (place) => measureAt(place, rttMs, pgbench))));
  }
} finally {
  await database.dispose();
}
const one_round_trip = DISTANCES_MS.every((ms) => isOneTrip(rows.filter((r) => r.rtt_ms === ms)));
if (json) console.log(JSON.stringify({ rows, one_round_trip }));
else print(rows);
conclude(
  one_round_trip && rows.every(({ ok }) => ok !== false),
  `every median of ours within ${MAX_ERROR_MS.loopback} ms of the wire on the loopback and ${MAX_ERROR_MS.distance} ms at a distance; select and insert are one round trip each`,
);
