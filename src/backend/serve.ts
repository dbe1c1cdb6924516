import { isatty } from 'node:tty';
import { isDeepStrictEqual } from 'node:util';
import { startBackend, type Backend } from './backend.js';
import type { CliDeps, EndSignal, Environment } from '../base/cli-deps.js';
import { loadConfig, type Config } from '../config/config.js';
import { fleetFilePath } from '../config/fleet-file.js';
import { askForRegion, type ToldRegion } from '../config/metadata-service.js';
import { describeMisspelling, misspeltVariables } from '../config/misspelt-variables.js';
import { createLog, type Log } from '../base/log.js';
import { createLogDevice, type LogDevice } from '../base/log-device.js';
import { warnOfOpenSecrets } from '../config/open-secrets.js';

const STDOUT_FD = 1;

/** Longer than a backend takes to close, and short enough for people to wait. */
const CLOSE_TIMEOUT_MS = 4_500;
/** For the last lines of the log. */
const FLUSH_TIMEOUT_MS = 300;
/** Between two reloads. */
const RELOAD_INTERVAL_MS = 1_000;

/**
 * Runs one backend until the first SIGTERM or SIGINT; a second one ends it at once. SIGHUP reads
 * pglatency.yaml and the files that the environment names again.
 *
 * @returns the exit code.
 * @throws ConfigError, or the system's error when a port cannot be listened on.
 */
export async function serve(
  env: Environment,
  deps: Pick<CliDeps, 'stdout' | 'onSignal' | 'onTrouble' | 'metadataAddress'>,
  options: { readonly runAtStart?: boolean } = {},
): Promise<number> {
  const signals = listenToSignals(deps);
  const told = await askForRegion(env, deps.metadataAddress);
  const config = loadConfig(env, told);
  const device = createLogDevice(STDOUT_FD);
  const log = createLog({
    device,
    level: config.logLevel,
    terminal: deps.stdout.isTTY,
    base: { fleet: config.fleet, region: config.region.code, machine: config.machine },
  });
  for (const found of misspeltVariables(env)) log.warn(describeMisspelling(found));
  if (told?.code === null) log.warn(`the region is not known: ${told.source}`);
  for (const remark of config.fleetFileRemarks) log.warn(remark);
  warnOfOpenSecrets(env, log);
  logTrouble(deps, log, device);
  const backend = await startBackend(config, log, {
    ...options,
    droppedLines: device.dropped,
  });
  let signal = await signals.next();
  for (; signal === 'reload'; signal = await signals.next()) {
    reload(backend, { env, told, config, log });
    // Many signals in a row cause one more reload, after the last of them.
    await signals.quietFor(RELOAD_INTERVAL_MS);
  }
  log.info({ signal }, 'stopping');
  const code = await Promise.race([
    backend.close().then(() => 0),
    signals.nextEnd().then((second) => (second === 'SIGINT' ? 130 : 143)),
    timeout(CLOSE_TIMEOUT_MS).then(() => {
      log.error('some connections did not close in time');
      return 1;
    }),
  ]);
  await device.flush(FLUSH_TIMEOUT_MS);
  return code;
}

/** Warnings of Node.js and bugs are lines of the log like any other. */
function logTrouble(
  { onTrouble }: Pick<CliDeps, 'onTrouble'>,
  log: Log,
  device: Pick<LogDevice, 'flushNow'>,
): void {
  onTrouble?.((error, isFatal) => {
    log[isFatal ? 'fatal' : 'warn'](
      { err: error },
      isFatal ? 'a bug ends the process' : 'a warning',
    );
    if (isFatal) device.flushNow();
  });
}

interface ReloadDeps {
  readonly env: Environment;
  /** A machine does not move: its service is not asked again. */
  readonly told: ToldRegion | null;
  /** As it was at the start. */
  readonly config: Config;
  readonly log: Log;
}

function reload(backend: Backend, { env, told, config, log }: ReloadDeps): void {
  const hasFile =
    RELOADED_FILES.some((name) => (env[name] ?? '') !== '') || fleetFilePath(env) !== null;
  if (!hasFile) {
    log.warn(
      `SIGHUP: there is no file to read again: there is no pglatency.yaml, and none of ${RELOADED_FILES.join(', ')} is set`,
    );
    return;
  }
  backend.reload(() => {
    const next = loadConfig(env, told);
    const names = RESTART_SETTINGS.filter((name) => !isDeepStrictEqual(next[name], config[name]));
    if (names.length > 0) log.warn({ settings: names }, 'these take effect at the next start');
    return next;
  });
}

/** Variables that name what SIGHUP reads again. */
const RELOADED_FILES = [
  'TARGETS_FILE',
  'DATABASE_URL_FILE',
  'DB_PASSWORD_FILE',
  'API_TOKEN_FILE',
] as const;

/** What a fleet's file says beside its targets. */
const RESTART_SETTINGS = ['fleet', 'region', 'schedule', 'iterations', 'peers'] as const;

/**
 * Signals as a queue, so that one that comes during the start is not lost. SIGHUP is `reload`, unless it
 * comes because the terminal has gone.
 */
function listenToSignals({ onSignal, stdout }: Pick<CliDeps, 'stdout' | 'onSignal'>) {
  const queue: (EndSignal | 'reload')[] = [];
  let wake: (() => void) | undefined;
  const hasTerminalGone = () => stdout.isTTY && !isatty(STDOUT_FD);
  onSignal((signal) => {
    const meant = signal === 'SIGHUP' && !hasTerminalGone() ? 'reload' : signal;
    // Two reloads that wait are one.
    if (meant !== 'reload' || !queue.includes('reload')) queue.push(meant);
    wake?.();
  });
  const signals = {
    async next(): Promise<EndSignal | 'reload'> {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return queue.shift() as EndSignal | 'reload';
    },
    /** Waits so long, unless it is to end. */
    async quietFor(ms: number): Promise<void> {
      const until = performance.now() + ms;
      while (queue.every((it) => it === 'reload') && performance.now() < until) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        await Promise.race([woken, timeout(until - performance.now())]);
      }
    },
    async nextEnd(): Promise<EndSignal> {
      const signal = await signals.next();
      return signal === 'reload' ? signals.nextEnd() : signal;
    },
  };
  return signals;
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
