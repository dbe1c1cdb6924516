import { constants } from 'node:os';
import type { CliDeps } from '../base/cli-deps.js';
import { messageOf } from '../base/errors.js';
import { rowWithoutMeasurement, rowsOfLatest, type FleetRow } from '../fleet/row.js';
import { latestAnswer } from '../api/answers.js';
import type { BackendProcess } from './backend-process.js';
import { createBoard, printRows } from './board.js';
import { createControls } from './controls.js';
import { roundTripOf } from './distances.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { findProgram } from './find-program.js';
import { PRIMARY } from './lab-rules.js';
import { measureOnce } from './once.js';
import type { LabOptions } from './options.js';
import { startPrometheus } from './prometheus.js';
import { rttToReplica, startReplicas, type Replicas } from './replicas.js';
import { codesOf, startRegions, type RegionSetDeps } from './region-set.js';

/** One lab: what its parts share. */
interface Session {
  readonly options: LabOptions;
  readonly deps: CliDeps;
  readonly colour: boolean;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Registers what was started; it is ended in reverse order. */
  readonly onStarted: (stop: () => Promise<void>) => void;
  /** The running backends, by region. */
  readonly backends: Map<string, BackendProcess>;
}

interface Databases {
  readonly primary: EmbeddedPostgres;
  readonly replicas: Replicas;
}

/**
 * Runs the lab: an embedded PostgreSQL, its replicas, and a backend process for each region, behind a relay that
 * makes its distance. However it ends, it leaves no process and no temporary folder behind.
 *
 * @returns the exit code: 0 done, 1 a region was not measured, 128 + signal: `once` was interrupted.
 * @throws Error when the lab cannot be started.
 */
export async function runLab(options: LabOptions, deps: CliDeps): Promise<number> {
  const interruption = new AbortController();
  const backends = new Map<string, BackendProcess>();
  let exitCode: number | undefined;
  const stopListening = deps.onSignal((signal) => {
    // A second signal means: do not wait.
    if (interruption.signal.aborted) for (const backend of backends.values()) backend.kill();
    exitCode ??= options.once ? 128 + constants.signals[signal] : 0;
    interruption.abort();
  });
  // The reader of the table has gone (`| head`).
  deps.stdout.on('error', () => interruption.abort());
  const stops: (() => Promise<void>)[] = [];
  const { signal } = interruption;
  const colour = deps.stdout.isTTY && (deps.env.NO_COLOR ?? '') === '';
  const onStarted = (stop: () => Promise<void>) => void stops.push(stop);
  try {
    return await conduct({ options, deps, colour, signal, onStarted, backends });
  } catch (error) {
    if (!signal.aborted) throw error;
    return exitCode ?? 0;
  } finally {
    deps.stderr.write('stopping\n');
    await stopAll(stops);
    stopListening();
  }
}

async function conduct(session: Session): Promise<number> {
  const { options, deps } = session;
  const prometheus = options.prometheus ? await findProgram('prometheus', deps.env.PATH) : null;
  if (options.prometheus && prometheus === null) {
    throw new Error('--prometheus needs Prometheus on the PATH (Debian: apt install prometheus)');
  }
  deps.stderr.write('starting PostgreSQL …\n');
  const database = await startEmbeddedPostgres({ database: 'pglatency' });
  session.onStarted(database.dispose);
  session.signal.throwIfAborted();
  deps.stderr.write(`PostgreSQL listens on ${database.host}:${database.port}\n`);
  const { onStarted } = session;
  const say = (text: string) => void deps.stderr.write(`${text}\n`);
  const replicas = await startReplicas({ options, primary: database, onStarted, say });
  session.signal.throwIfAborted();
  const databases = { primary: database, replicas };
  return options.once ? runOnce(session, databases) : runLive(session, databases, prometheus);
}

async function runOnce(session: Session, databases: Databases): Promise<number> {
  const { options, deps, colour, signal } = session;
  const say = (text: string) => deps.stderr.write(`${text}\n`);
  const missing: FleetRow[] = [];
  const backends = await startRegions({
    ...regionDeps(session, databases, say),
    onRun: () => undefined,
    onPath: () => undefined,
    onDown(region, why) {
      say(`${region}: ${why}`);
      missing.push(rowWithoutMeasurement(region, { error: why, reason: null }));
    },
  });
  say('measuring …');
  const measured = await measureOnce(farthestFirst(backends), signal, say);
  const rows = [...measured, ...missing.filter(({ region }) => !hasRow(measured, region))];
  const output = { json: options.json, stdout: deps.stdout, colour };
  printRows(rows, output);
  for (const code of databases.replicas.codes) {
    const ofReplica = await measureOnce(farthestFirst(backends), signal, say, code);
    if (!options.json) deps.stdout.write(`\nthe replica near ${code}\n\n`);
    printRows(ofReplica, output);
    rows.push(...ofReplica);
  }
  return rows.every(({ read_p50_ms }) => read_p50_ms !== null) ? 0 : 1;
}

function farthestFirst(backends: readonly BackendProcess[]): BackendProcess[] {
  return [...backends].sort((a, b) => b.rttMs - a.rttMs);
}

const hasRow = (rows: readonly FleetRow[], code: string) =>
  rows.some(({ region }) => region === code);

async function runLive(
  session: Session,
  databases: Databases,
  prometheus: string | null,
): Promise<number> {
  const { options, deps, colour, signal, backends } = session;
  const rows = codesOf(options).map((code) =>
    rowWithoutMeasurement(code, { error: 'waiting for its first run', reason: null }),
  );
  const board = createBoard({ ...deps, rows, json: options.json, colour });
  const allDown = new AbortController();
  const controls = createControls(options, deps, board);
  session.onStarted(controls.stop);
  const started = await startRegions({
    ...regionDeps(session, databases, board.note),
    onPath: controls.addPath,
    onRun: (backend) =>
      void latestRow(backend).then((row) => {
        // A backend that is being stopped gives no answer: do not report that.
        if (!signal.aborted) board.set(row);
      }),
    onDown(region, why) {
      board.note(`${region}: ${why}`);
      board.retire(rowWithoutMeasurement(region, { error: why, reason: null }));
      backends.delete(region);
      if (backends.size === 0) allDown.abort();
    },
  });
  if (prometheus !== null) {
    const server = await startPrometheus(
      prometheus,
      started.map(({ url }) => url),
      {
        ...(options.rules !== null && { rulesFolder: options.rules }),
        known: codesOf(options).map((region) => ({ region, rttMs: distancesOf(region, options) })),
      },
    );
    session.onStarted(server.stop);
    board.note(`Prometheus: ${server.url}`);
  }
  const [first] = started;
  if (first !== undefined) board.note(`the page: ${first.url} (every region serves it)`);
  board.note('measuring; Ctrl-C ends the lab');
  controls.start();
  await aborted(AbortSignal.any([signal, allDown.signal]));
  signal.throwIfAborted();
  throw new Error('no backend is running');
}

/** Milliseconds from a region to each target of the lab. */
function distancesOf(region: string, options: LabOptions): Record<string, number> {
  const toReplicas = options.replicas.map((code) => [code, rttToReplica(region, code, options)]);
  return Object.fromEntries([[PRIMARY, roundTripOf(region, options)], ...toReplicas]) as Record<
    string,
    number
  >;
}

/** What both ways of running share: progress, and the list of who runs. */
function regionDeps(
  { options, deps, signal, onStarted, backends }: Session,
  { primary, replicas }: Databases,
  say: (text: string) => void,
): Omit<RegionSetDeps, 'onRun' | 'onDown' | 'onPath'> {
  const longest = Math.max(3, ...codesOf(options).map(({ length }) => length));
  return {
    options,
    database: primary.connection,
    replicas,
    path: deps.env.PATH ?? '',
    signal,
    onStarted,
    onUp(backend) {
      const { code, city } = backend.region;
      backends.set(code, backend);
      say(
        `${code.padEnd(longest)}  ${backend.url}  ${city}, ${backend.rttMs} ms from the database`,
      );
    },
  };
}

/** The latest scheduled run, as the backend's API tells it. */
async function latestRow({ region, url }: BackendProcess): Promise<FleetRow> {
  try {
    const answer = await fetch(`${url}/api/latest`, { signal: AbortSignal.timeout(5_000) });
    const [row] = rowsOfLatest(latestAnswer.parse(await answer.json()));
    if (row !== undefined) return row;
    throw new Error('it has no target');
  } catch (error) {
    const why = `its backend did not answer: ${messageOf(error)}`;
    return rowWithoutMeasurement(region.code, { error: why, reason: null });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** In reverse order of the start, backends together; the first error is thrown when all are done. */
async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  const [database, ...others] = stops;
  const results = await Promise.allSettled(others.reverse().map((stop) => stop()));
  await database?.();
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
