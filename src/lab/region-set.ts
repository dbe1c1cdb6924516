import { fileURLToPath } from 'node:url';
import { messageOf } from '../base/errors.js';
import { DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';
import { regionOf } from '../regions/regions.js';
import { startBackendProcess, type BackendProcess } from './backend-process.js';
import { jitterOf, roundTripOf } from './distances.js';
import type { EmbeddedPostgres } from './embedded-postgres.js';
import { databaseEnvironment } from './fallback.js';
import type { LabOptions } from './options.js';
import { findFreePort, portIfFree } from './ports.js';
import { startRelay, type Relay } from './relay.js';
import type { Replicas } from './replicas.js';

/** The command's compiled entry, of which every backend is a process. */
const CLI_PATH = fileURLToPath(new URL('../cli.js', import.meta.url));
const FIRST_PORT = 8081;
/** How many start at the same time: on a small machine, all at once would all be late. */
const AT_ONCE = 4;
const INTERVAL_S = 15;

export interface RegionSetDeps {
  readonly options: LabOptions;
  readonly database: EmbeddedPostgres['connection'];
  readonly replicas: Replicas;
  readonly path: string;
  /** Gives up a start that is under way. */
  readonly signal: AbortSignal;
  /** What was started, to be ended in reverse order. */
  readonly onStarted: (stop: () => Promise<void>) => void;
  /** A region's path, whose distance can be changed. */
  readonly onPath: (region: string, relay: Relay, rttMs: number) => void;
  readonly onUp: (backend: BackendProcess) => void;
  /** A scheduled run has ended. */
  readonly onRun: (backend: BackendProcess) => void;
  /** A region did not start, or ended. */
  readonly onDown: (region: string, why: string) => void;
}

/** The codes of the regions that a lab has. */
export function codesOf({ regions, hub }: LabOptions): string[] {
  return [...new Set([...regions, ...(hub ? ['hub'] : [])])];
}

/**
 * Starts all backends, each behind its relay. One that does not start is reported and left out.
 *
 * @returns them in the order of the options.
 * @throws Error when none starts, or the start was given up.
 */
export async function startRegions(deps: RegionSetDeps): Promise<BackendProcess[]> {
  let failure: unknown;
  const codes = codesOf(deps.options);
  const ports = await choosePorts(codes);
  const started = new Map<string, BackendProcess>();
  const waiting = startOrder(codes, (code) => roundTripOf(code, deps.options));
  const startOneByOne = async () => {
    for (let code = waiting.shift(); code !== undefined; code = waiting.shift()) {
      try {
        started.set(code, await startRegion(code, deps, ports));
      } catch (error) {
        failure = error;
        if (!deps.signal.aborted) deps.onDown(code, messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, startOneByOne));
  deps.signal.throwIfAborted();
  if (started.size === 0) throw new Error('no backend started', { cause: failure });
  return codes.flatMap((code) => started.get(code) ?? []);
}

/** The nearest first, because its run is the shortest; then the farthest, whose first run takes longest. */
export function startOrder(codes: readonly string[], rttMs: (code: string) => number): string[] {
  const byDistance = [...codes].sort((a, b) => rttMs(b) - rttMs(a));
  const nearest = byDistance.pop();
  return nearest === undefined ? [] : [nearest, ...byDistance];
}

type Ports = ReadonlyMap<string, number>;

/** Chosen before the start: every backend knows the others' addresses. */
async function choosePorts(codes: readonly string[]): Promise<Ports> {
  const ports = new Map<string, number>();
  for (const code of codes) {
    const wanted = await portIfFree(FIRST_PORT + placeOf(code, codes));
    ports.set(code, wanted === 0 ? await findFreePort() : wanted);
  }
  return ports;
}

/** The ten default regions and the hub have a port each, and the others those after it. */
function placeOf(code: string, codes: readonly string[]): number {
  const fixed = [...DEFAULT_FLEET_CODES, 'hub'];
  const place = fixed.indexOf(code);
  if (place !== -1) return place;
  return fixed.length + codes.filter((it) => !fixed.includes(it)).indexOf(code);
}

async function startRegion(
  code: string,
  deps: RegionSetDeps,
  ports: Ports,
): Promise<BackendProcess> {
  const { options, database, signal } = deps;
  const rttMs = roundTripOf(code, options);
  let port = database.port;
  if (code !== 'hub') {
    const relay = await startRelay({ upstream: database, rttMs, jitterMs: jitterOf(rttMs) });
    deps.onStarted(relay.close);
    deps.onPath(code, relay, rttMs);
    port = relay.port;
  }
  const backend = await startBackendProcess({
    region: regionOf(code),
    rttMs,
    cliPath: CLI_PATH,
    env: {
      ...environmentOf(code, { ...deps, database: { ...database, port } }, ports),
      ...(await deps.replicas.environmentFor(code)),
    },
    args: options.once ? [] : ['--run-at-start'],
    onRun: deps.onRun,
    onEnd: (why) => deps.onDown(code, why),
    signal,
  });
  deps.onStarted(backend.stop);
  deps.onUp(backend);
  return backend;
}

/** The whole environment of a backend: of ours it gets only PATH. */
function environmentOf(
  code: string,
  { options, database, path }: Pick<RegionSetDeps, 'options' | 'database' | 'path'>,
  ports: Ports,
): Record<string, string> {
  return {
    PATH: path,
    // Whatever lies in the working folder describes another fleet.
    PGLATENCY_FILE: 'none',
    REGION: code,
    LISTEN_HOST: '127.0.0.1',
    PORT: String(ports.get(code)),
    PEERS: [...ports].map(([region, port]) => `${region}=http://127.0.0.1:${port}`).join(','),
    ...databaseEnvironment(database),
    SCHEDULE: scheduleOf(code, options),
    ITERATIONS: String(options.iterations),
    LOG_LEVEL: 'info',
  };
}

/**
 * The lab's own schedule lets every region begin at its own second, as the backends do by themselves
 * with five fields. `--once` measures on demand: its schedule is half a day away.
 */
function scheduleOf(code: string, options: LabOptions): string {
  const { once, schedule } = options;
  if (once) return `0 ${(new Date().getUTCHours() + 12) % 24} * * *`;
  if (schedule !== null) return schedule;
  const codes = codesOf(options);
  const second = Math.floor((codes.indexOf(code) * INTERVAL_S) / codes.length);
  return `${second}-59/${INTERVAL_S} * * * * *`;
}
