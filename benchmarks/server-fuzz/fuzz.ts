import { rmSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { generate } from 'selfsigned';
import { startEmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startEmbeddedReplica } from '../../src/lab/embedded-replica.js';
import { createTargetsFile } from '../../test/helpers/targets-file.js';
import { until } from '../../test/helpers/until.js';
import { startFuzzedBackend, type FuzzedBackend } from './backend.js';
import { findFaults } from './checks.js';
import { badAnswers, startDemand } from './demand.js';
import { startFuzzServer, type FuzzServer } from './fuzz-server.js';
import { recordConversations, setUpRoles } from './record.js';
import { backendEnvironment, entryOf, HBA, KINDS, PASSWORD, QUERIES } from './targets.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly conversations: number;
  readonly onProgress?: (text: string) => void;
}

export interface FuzzReport {
  readonly conversations: number;
  readonly peakMib: number;
  /** Whether the backend ran within 256 MiB. */
  readonly isLimited: boolean;
  readonly runs: number;
  /** What went wrong, with the command that repeats it; empty: nothing. */
  readonly faults: readonly string[];
}

const BATCH = 250;
const MAX_MIB = 200;
const MAX_CONNECTIONS = 6;
const MAX_STOP_MS = 5_000;
const HEALTHY = 'primary';
const ANSWER_TIMEOUT_MS = 5_000;

/** Plays mutated conversations to a backend of this build, beside a healthy server, until it has had enough. */
export async function fuzzServerSide(options: FuzzOptions): Promise<FuzzReport> {
  const stops: (() => unknown)[] = [];
  try {
    const primary = await startEmbeddedPostgres({ hba: HBA });
    stops.push(primary.dispose);
    await setUpRoles(primary);
    const replica = await startEmbeddedReplica(primary);
    stops.push(replica.dispose);
    options.onProgress?.('recording');
    const recordings = await recordConversations(primary, replica);

    const others = [...recordings.values()].flatMap((one) => [...one.values()].flat(2));
    const secureContext = await ownCertificate();
    const servers: FuzzServer[] = [];
    for (const [place, { name, sslnegotiation }] of KINDS.entries()) {
      const recording = recordings.get(name) ?? new Map();
      const server = await startFuzzServer({
        name,
        place,
        recording,
        others,
        password: PASSWORD,
        secureContext,
        isDirectTls: sslnegotiation === 'direct',
      });
      stops.push(server.close);
      servers.push(server);
    }
    const file = createTargetsFile();
    stops.push(() => rmSync(file.folder, { recursive: true }));
    file.write(
      KINDS.map((kind, i) => ({
        ...entryOf(kind, servers[i]?.port ?? 0, { isRecorded: false }),
        timeout_ms: 300,
      })),
      QUERIES,
    );
    const backend = await startFuzzedBackend({
      ...backendEnvironment(primary, file.path),
      SCHEDULE: '* * * * * *',
    });
    stops.push(async () => backend.stop());
    return await runBatches(backend, servers, options);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function ownCertificate() {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'fuzz' }]);
  return createSecureContext({ cert, key });
}

async function runBatches(
  backend: FuzzedBackend,
  servers: readonly FuzzServer[],
  { seed, conversations, onProgress }: FuzzOptions,
): Promise<FuzzReport> {
  const faults: string[] = [];
  let done = 0;
  let peakMib = 0;
  let runs = 0;
  for (let batch = seed; done < conversations && faults.length === 0; batch++) {
    const size = Math.min(BATCH, conversations - done);
    const found = await runBatch(backend, servers, { seed: batch, size });
    done += found.conversations;
    peakMib = Math.max(peakMib, found.peakMib);
    runs = found.runs;
    onProgress?.(`${done} conversations, ${runs} scheduled runs, peak ${peakMib.toFixed(0)} MiB`);
    if (found.faults.length > 0) {
      faults.push(
        ...found.faults,
        `repeat it: npm run fuzz:server -- --seed ${batch} --conversations ${size}`,
        ...servers.flatMap((server) => server.latest()).map((text) => `  ${text}`),
      );
    }
  }
  const { tookMs, code } = await backend.stop();
  if (faults.length === 0 && code !== 0) faults.push(`it ended with ${code}`);
  if (tookMs > MAX_STOP_MS) faults.push(`SIGTERM took ${Math.round(tookMs)} ms`);
  return { conversations: done, peakMib, isLimited: backend.isLimited, runs, faults };
}

async function runBatch(
  backend: FuzzedBackend,
  servers: readonly FuzzServer[],
  { seed, size }: { seed: number; size: number },
) {
  const names = KINDS.map(({ name }) => name);
  const had = () => servers.reduce((sum, server) => sum + server.conversations(), 0);
  for (const server of servers) server.startBatch(seed);
  const demand = startDemand(backend.url, names, seed);
  const isRunning = () =>
    backend.cli.child.exitCode === null && backend.cli.child.signalCode === null;
  const isOver = () => had() >= size || !isRunning();
  const stalled = await until(isOver, { withinMs: 60_000, everyMs: 50 }).then(
    () => [],
    () => [`only ${had()} of ${size} conversations came about in a minute`],
  );
  await demand.stop();
  const peakMib = (await backend.peakMib()) ?? Infinity;
  const open = servers.flatMap((server, i) =>
    server.maxOpen() > MAX_CONNECTIONS
      ? [`${names[i]}: ${server.maxOpen()} connections at a time`]
      : [],
  );
  const { runs, faults } = isRunning()
    ? await look(backend, names)
    : { runs: 0, faults: [`the process has ended: ${backend.cli.stderr().slice(-2_000)}`] };
  const fat = peakMib > MAX_MIB ? [`${peakMib.toFixed(0)} MiB were resident`] : [];
  return {
    conversations: had(),
    peakMib,
    runs,
    faults: [...faults, ...stalled, ...demand.faults, ...open, ...fat],
  };
}

/** Asks until a moment shows nothing wrong: figures of one run may stand in two scrapes. */
async function look(backend: FuzzedBackend, names: readonly string[]) {
  let faults: string[] = [];
  let runs = 0;
  for (let attempt = 1; attempt <= 4; attempt++) {
    try {
      const series = await backend.metrics();
      runs = series
        .filter(
          ({ name, labels }) => name === 'pglatency_runs_total' && labels.trigger === 'schedule',
        )
        .reduce((sum, { value }) => sum + value, 0);
      const observation = { series, logs: backend.cli.logs() };
      faults = findFaults(observation, { healthy: HEALTHY, targets: names.length + 1 });
      const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      const { status } = await fetch(`${backend.url}/healthz`, { signal });
      if (status !== 200) faults.push(`/healthz answered ${status}`);
      faults.push(...(await badAnswers(backend.url, [HEALTHY, ...names])));
    } catch (error) {
      faults = [`it did not answer: ${String(error)}`];
    }
    if (faults.length === 0) break;
  }
  return { runs, faults };
}
