import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Config } from '../config/config.js';
import { createDirectory } from '../fleet/directory.js';
import { createFleet } from '../fleet/fleet.js';
import { createHistory, type History } from '../runs/history.js';
import { admit } from '../http/admission.js';
import { belowPath } from '../http/base-path.js';
import { createApp, createMetricsApp, PATHS } from '../http/app.js';
import { clientErrorHandler } from '../http/client-error.js';
import type { AppDeps } from '../http/deps.js';
import { latestAnswer } from '../http/latest-router.js';
import { httpLimits } from '../http/limits.js';
import { listen, type HttpServer } from '../http/server.js';
import { createShedLoad } from '../http/shed-load.js';
import type { Log } from '../base/log.js';
import { createMetrics, type Metrics } from '../metrics/metrics.js';
import type { SkipReason } from '../metrics/names.js';
import { createProber } from '../probe/prober.js';
import { probeSettings } from '../probe/protocol.js';
import { reloadTargets, type ReloadDeps } from './reload.js';
import { createRuns, type Runs } from '../runs/runs.js';
import { createSchedule, type ClockStep, type Schedule } from '../schedule/schedule.js';
import { createStarts } from '../schedule/starts.js';
import { staggeredCron } from '../schedule/stagger.js';
import { logLeftOut } from '../config/left-out.js';
import { logSleepingServices } from '../config/sleeping-services.js';
import { createTargets, type Targets } from '../runs/targets.js';
import { VERSION } from '../base/version.js';
import { readTunnelStatus } from '../wireguard/status.js';

export interface Backend {
  /** Where it listens, for somebody on this machine. */
  readonly url: string;
  /** The same, for /metrics. */
  readonly metricsUrl: string;
  /** Measures what `read` returns from the next run on, and takes its token; nothing changes when it throws a ConfigError. */
  reload(read: () => Pick<Config, 'targets' | 'http'>): void;
  /** Ends runs, connections and requests, within about two seconds. Idempotent. */
  close(): Promise<void>;
}

export interface BackendOptions {
  /** Measures once at the start, and does not wait for the schedule. */
  readonly runAtStart?: boolean;
  /** The probe's compiled entry, for running from source. */
  readonly workerUrl?: URL;
  /** Lines that the log's device did not take so far. */
  readonly droppedLines?: () => number;
}

type Stop = () => void | Promise<void>;

const HTTP_GRACE_MS = 1_000;
/** A planned run that is nearer makes one at the start needless; several targets begin within this time. */
const SOON_MS = 1_000;
/** Enough for a median: somebody is waiting for it. */
const ROUNDS_AT_START = 5;
/** Characters of what the probe's thread prints. */
const MAX_OUTPUT = 2_000;

/**
 * Starts one regional backend. It listens before the database is reachable, and keeps trying.
 *
 * @throws when a port cannot be listened on; nothing is left running then.
 */
export async function startBackend(
  config: Config,
  log: Log,
  { droppedLines = () => 0, ...options }: BackendOptions = {},
): Promise<Backend> {
  const targets = createTargets(config.targets);
  const metrics = createMetrics({
    fleet: config.fleet,
    region: config.region,
    targets: config.targets,
    version: VERSION,
    revision: config.revision,
    readTunnel: tunnelReader(config),
    droppedLines,
  });
  const prober = createProber({
    settings: probeSettings(config),
    onCrash: (error) => {
      metrics.countWorkerRestart();
      log.error({ err: error }, 'the probe crashed and was restarted');
    },
    onOutput: (text) => log.warn({ text: text.slice(0, MAX_OUTPUT) }, 'the probe printed this'),
    ...options,
  });
  const history = createHistory();
  const runs = createRuns({ targets, prober, metrics, history, log });
  const schedule = createBackendSchedule({ config, targets, runs, metrics, log });

  const stops: Stop[] = [prober.stop];
  const closeAll = once(async () => {
    for (const stop of stops.reverse()) await stop();
    log.info('stopped');
  });
  try {
    const token = { now: config.http.apiToken };
    const known = { config, instance: randomUUID(), targets, runs, history, schedule };
    const fleet = createBackendFleet(known);
    const deps = { ...known, apiToken: () => token.now, prober, metrics, fleet, log };
    const servers = await listenAll(deps, stops);
    if (config.targets.length === 0) {
      log.warn(
        'no database is configured, so nothing is measured: set DATABASE_URL, DB_HOST or PGHOST, or list targets in pglatency.yaml or TARGETS_FILE',
      );
    } else {
      schedule.start();
      if (options.runAtStart === true) schedule.runNow();
    }
    logSleepingServices(config.targets, log);
    logLeftOut(config.targets, log);
    stops.push(schedule.stop);
    const [url, metricsUrl] = [urlOf(config, servers.api), urlOf(config, servers.metrics)];
    logListening({ url, metricsUrl, config, expression: schedule.expression, log });
    return { url, metricsUrl, close: closeAll, reload: reloader(deps, token) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Takes over the targets and the token together, or neither. */
function reloader(deps: ReloadDeps, token: { now: string | null }): Backend['reload'] {
  return (read) =>
    reloadTargets(deps, () => {
      const { targets, http } = read();
      token.now = http.apiToken;
      return targets;
    });
}

/** Every target is measured at each tick; one that hangs holds up no other's run. */
function createBackendSchedule(deps: {
  config: Config;
  targets: Targets;
  runs: Runs;
  metrics: Metrics;
  log: Log;
}): Schedule & { readonly runNow: () => void } {
  const { config, targets, runs, metrics, log } = deps;
  const onSkip = (reason: SkipReason, plannedAt: Date, target?: string) => {
    metrics.countSkipped(reason);
    log.warn({ reason, target, planned_at: plannedAt }, 'a scheduled run was skipped');
  };
  /** Targets whose run at the start has not begun yet. */
  const atStart = new Set<string>();
  const starts = createStarts({
    targets: () => targets.list().map(({ name }) => name),
    async run(target) {
      const most = atStart.delete(target) ? ROUNDS_AT_START : Infinity;
      const iterations = Math.min(config.iterations, most);
      await runs.run({ target, trigger: 'schedule', iterations });
    },
    onOverlap: (target, plannedAt) => onSkip('overlap', plannedAt, target),
    onError: (error, target) =>
      log.error({ err: error, target }, 'a scheduled run measured nothing'),
  });
  const { cron, stagger } = config.schedule;
  const schedule = createSchedule({
    expression: staggeredCron(cron, stagger, config.region.code),
    tick: starts.tick,
    onPlan: metrics.setNextRun,
    onStart(plannedAt, delayMs) {
      metrics.setLastPlanned(plannedAt);
      metrics.observeScheduleDelay(delayMs);
    },
    onMissed(plannedAt) {
      metrics.setLastPlanned(plannedAt);
      onSkip('missed', plannedAt);
    },
    onStep(step) {
      metrics.countClockStep();
      logClockStep(log, step);
    },
    onError: (error) => log.error({ err: error }, 'the schedule failed'),
  });
  metrics.setScheduleInterval(schedule.intervalMs());
  return {
    ...schedule,
    /** A run beside the plan, unless the next one is about to begin: then that one is short as well. */
    runNow() {
      for (const { name } of targets.list()) atStart.add(name);
      const untilNextMs = (schedule.nextRun()?.getTime() ?? Infinity) - Date.now();
      if (untilNextMs > SOON_MS) starts.tick(new Date(), SOON_MS);
    },
    stop() {
      schedule.stop();
      starts.stop();
    },
  };
}

function logClockStep(log: Log, { stepMs, formerRun, nextRun }: ClockStep): void {
  const line = { step_ms: Math.round(stepMs), former_run: formerRun, next_run: nextRun };
  const what = stepMs < 0 ? 'was set back' : 'went forward, or the machine slept';
  log.warn(line, `the clock ${what}: the next run is planned anew`);
}

function createBackendFleet(deps: {
  config: Config;
  instance: string;
  targets: Targets;
  runs: Runs;
  history: History;
  schedule: Schedule;
}) {
  const { fleet, peers, region, http } = deps.config;
  const { instance } = deps;
  return createFleet({
    directory: createDirectory(peers, { defaultPort: http.port }),
    self: { fleet, region: region.code, instance, latest: () => latestAnswer(deps) },
  });
}

/** One server, or two when the metrics have a port of their own; each registers its own end. */
async function listenAll(deps: AppDeps, stops: Stop[]) {
  const { region, http } = deps.config;
  const { host, port, metricsPort } = http;
  const shed = createShedLoad({ region: region.code, metrics: deps.metrics, log: deps.log });
  const onClientError = clientErrorHandler(region.code);
  const limits = httpLimits();
  const connections = {
    max: limits.connections,
    refusal: shed.refusal,
    onShed: () => shed.count('connection'),
    refuse: shed.refuse,
  };
  const open = async (app: RequestListener, on: number): Promise<HttpServer> => {
    const admitted = admit(app, { limits, paths: PATHS, shed: shed.refuse });
    const server = await listen(belowPath(http.basePath, admitted), {
      host,
      port: on,
      onClientError,
      connections,
    });
    stops.push(() => server.close(HTTP_GRACE_MS));
    return server;
  };
  const api = await open(createApp(deps), port);
  const metrics = metricsPort === null ? api : await open(createMetricsApp(deps), metricsPort);
  return { api, metrics };
}

function tunnelReader({ tunnelStatusFile }: Config) {
  return tunnelStatusFile === null ? undefined : () => readTunnelStatus(tunnelStatusFile);
}

function logListening(it: {
  url: string;
  metricsUrl: string;
  config: Config;
  expression: string;
  log: Log;
}): void {
  const { url, metricsUrl, config, expression, log } = it;
  const listens_on = config.http.host ?? 'all addresses';
  log.info({ url, metrics_url: metricsUrl, listens_on, schedule: expression }, 'listening');
  if (isOpen(config.http)) log.warn(OPEN_WARNING);
}

/** No token, and not this machine's callers alone. */
function isOpen({ apiToken, host }: Config['http']): boolean {
  const isLoopback = host !== null && /^(?:127\.|::1$|localhost$)/.test(host);
  return apiToken === null && !isLoopback;
}

const OPEN_WARNING =
  'ANYBODY WHO REACHES THIS PORT CAN START RUNS, which write to the database: set API_TOKEN, or LISTEN_HOST=127.0.0.1; with REQUIRE_TOKEN=true a backend refuses to start without a token';

function urlOf({ http }: Config, { port }: HttpServer): string {
  const host = http.host ?? '127.0.0.1';
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= work());
}
