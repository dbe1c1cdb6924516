import { startBackend } from './backend.js';
import type { CliDeps } from './cli-deps.js';
import { loadConfig, type Environment } from './config.js';
import { createLog } from './log.js';

/** Longer than a backend ever takes to close, and shorter than anybody's patience. */
const CLOSE_TIMEOUT_MS = 4_500;

/**
 * Runs one backend until the first SIGTERM or SIGINT; a second one ends it at once.
 *
 * @returns the exit code.
 * @throws ConfigError, or the system's error when a port cannot be listened on.
 */
export async function serve(
  env: Environment,
  deps: Pick<CliDeps, 'stdout' | 'onSignal'>,
): Promise<number> {
  const config = loadConfig(env);
  const log = createLog({
    level: config.logLevel,
    terminal: deps.stdout.isTTY,
    base: { region: config.region.code, machine: config.machine },
  });
  const signals = listenToSignals(deps.onSignal);
  const backend = await startBackend(config, log);
  log.info({ signal: await signals.next() }, 'stopping');
  return Promise.race([
    backend.close().then(() => 0),
    signals.next().then((signal) => (signal === 'SIGINT' ? 130 : 143)),
    timeout(CLOSE_TIMEOUT_MS).then(() => {
      log.error('some connections did not close in time');
      return 1;
    }),
  ]);
}

/** Signals as a queue, so that one that comes during the start is not lost. */
function listenToSignals(onSignal: CliDeps['onSignal']) {
  const queue: string[] = [];
  let wake: (() => void) | undefined;
  onSignal((signal) => {
    queue.push(signal);
    wake?.();
  });
  return {
    async next(): Promise<string> {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return queue.shift() as string;
    },
  };
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
