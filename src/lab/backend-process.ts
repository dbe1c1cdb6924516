import { spawn, type ChildProcess } from 'node:child_process';
import type { Region } from '../regions/regions.js';
import { atExit } from './at-exit.js';
import { endChild, keepLastLines } from './child.js';

export interface BackendProcess {
  readonly region: Region;
  /** Between it and the database. */
  readonly rttMs: number;
  readonly url: string;
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

export interface BackendProcessOptions {
  readonly region: Region;
  readonly rttMs: number;
  /** The compiled command. */
  readonly cliPath: string;
  readonly env: Readonly<Record<string, string>>;
  /** Further ones of `serve`; default none. */
  readonly args?: readonly string[];
  /** A scheduled run of the primary has ended; never called before the backend is returned. */
  readonly onRun: (backend: BackendProcess) => void;
  /** It ended although nobody asked it to. */
  readonly onEnd: (why: string) => void;
  /** Gives up waiting for the start. */
  readonly signal: AbortSignal;
}

const START_TIMEOUT_MS = 30_000;
/** A backend closes within 4.5 s. */
const STOP_GRACE_MS = 6_000;

/**
 * Starts one region's backend as a process, and waits until it listens. In a process group of its own,
 * so that a Ctrl-C on the terminal reaches it once, through us.
 *
 * @throws Error with its last words, when it does not come to listen; it is gone then.
 */
export function startBackendProcess(options: BackendProcessOptions): Promise<BackendProcess> {
  // The first run may be reported together with the line that it listens.
  const started: Promise<BackendProcess> = start(options, () => {
    started.then(options.onRun, () => undefined);
  });
  return started;
}

async function start(options: BackendProcessOptions, onRun: () => void): Promise<BackendProcess> {
  const { region, cliPath, env, args = [] } = options;
  const child = spawn(process.execPath, [cliPath, 'serve', ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => void child.kill('SIGKILL');
  const forgetExit = atExit(kill);
  let stopping = false;
  const stop = async () => {
    stopping = true;
    await endChild(child, ['SIGTERM', 'SIGKILL'], STOP_GRACE_MS);
    forgetExit();
  };
  try {
    const url = await listening(child, options, onRun);
    child.once('exit', (code, signal) => {
      if (!stopping) options.onEnd(`its backend ended (${signal ?? `exit code ${code ?? '?'}`})`);
    });
    return { region, rttMs: options.rttMs, url, stop, kill };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads the log, which is a line of JSON an event. */
function listening(
  child: ChildProcess,
  options: BackendProcessOptions,
  onRun: () => void,
): Promise<string> {
  const { region } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  return new Promise((resolve, reject) => {
    const onLine = (line: string) => {
      const event = parseEvent(line);
      if (event.msg === 'listening' && event.url !== undefined) resolve(event.url);
      if (event.msg === 'run' && event.trigger === 'schedule' && event.target === 'primary') {
        onRun();
      }
    };
    const lastWords = [
      ...(child.stdout === null ? [] : [keepLastLines(child.stdout, 5, onLine)]),
      ...(child.stderr === null ? [] : [keepLastLines(child.stderr, 5)]),
    ];
    const fail = (why: string) =>
      reject(new Error([`the backend of ${region.code} ${why}`, ...lastWords.flat()].join('\n  ')));
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    child.once('close', () => fail('ended while it started'));
    signal.addEventListener('abort', () => fail('was not listening in time'), { once: true });
  });
}

interface LogEvent {
  readonly msg?: string;
  readonly url?: string;
  readonly trigger?: string;
  readonly target?: string;
}

function parseEvent(line: string): LogEvent {
  try {
    return JSON.parse(line) as LogEvent;
  } catch {
    return {};
  }
}
