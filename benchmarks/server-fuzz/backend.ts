import { readFile } from 'node:fs/promises';
import { createMemoryLimit, type MemoryLimit } from '../../test/e2e/memory-limit.js';
import { spawnCli, type CliProcess } from '../../test/helpers/cli.js';
import { parseExposition, type Series } from '../../test/helpers/exposition.js';

const LIMIT_BYTES = 256 * 1_048_576;
const ANSWER_TIMEOUT_MS = 5_000;

/** The backend under fuzz, in a control group of its own where one can be made. */
export interface FuzzedBackend {
  readonly cli: CliProcess;
  readonly url: string;
  readonly isLimited: boolean;
  /** The most that has been resident, in MiB; null: the process has ended. */
  peakMib(): Promise<number | null>;
  /** @throws when it does not answer within five seconds. */
  metrics(): Promise<Series[]>;
  /** Ends it in good order; further calls do nothing. */
  stop(): Promise<Stopped>;
}

export interface Stopped {
  readonly tookMs: number;
  /** The exit code, or the signal that ended it. */
  readonly code: number | string;
}

export async function startFuzzedBackend(env: Record<string, string>): Promise<FuzzedBackend> {
  const limit = await tryMemoryLimit();
  // Within the group from its first moment: Node sizes its heap by what it finds there.
  const enter = limit === null ? [] : ['sh', '-c', `${limit.enter} && exec "$@"`, 'sh'];
  const cli = spawnCli(['serve'], env, [], enter);
  const { pid } = cli.child;
  let stopping: Promise<Stopped> | undefined;
  const stop = async (): Promise<Stopped> => {
    const startedAt = performance.now();
    cli.kill('SIGTERM');
    const impatience = setTimeout(() => cli.kill('SIGKILL'), 2 * ANSWER_TIMEOUT_MS);
    const code = await cli.ended;
    clearTimeout(impatience);
    const tookMs = performance.now() - startedAt;
    await limit?.remove();
    return { tookMs, code };
  };
  try {
    const url = await cli.listening();
    return {
      cli,
      url,
      isLimited: limit !== null,
      async peakMib() {
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        const [, kib] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
        return kib === undefined ? null : Number(kib) / 1_024;
      },
      async metrics() {
        const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
        const response = await fetch(`${url}/metrics`, { signal });
        if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
        return parseExposition(await response.text());
      },
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** null: not as this user, or not on this system. */
async function tryMemoryLimit(): Promise<MemoryLimit | null> {
  return createMemoryLimit(`pglatency-fuzz-${process.pid}`, LIMIT_BYTES).catch(() => null);
}
