import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../src/lab/ports.js';
import { startRelay, type Relay } from '../../src/lab/relay.js';
import { spawnCli, type CliProcess } from '../../test/helpers/cli.js';
import { createTargetsFile } from '../../test/helpers/targets-file.js';
import { until } from '../../test/helpers/until.js';

export interface SoakOptions {
  /** The environment of a backend that reaches a database. */
  readonly env: Readonly<Record<string, string>> & { DB_HOST: string; DB_PORT: string };
  readonly minutes: number;
  readonly onProgress?: (text: string) => void;
}

/** At the end of a part of the time. */
export interface SoakSample {
  readonly atS: number;
  readonly descriptors: number;
  /** After a collection of garbage. */
  readonly heapMb: number;
  readonly series: number;
  /** In this part. */
  readonly logLines: number;
  readonly runs: number;
}

const PARTS = 12;
const HEALTHY = 4;
const POLL_EVERY_MS = 2_000;
const SCRAPE_EVERY_MS = 5_000;
const MB = 1_048_576;
const COLLECT = fileURLToPath(new URL('./collect.js', import.meta.url));
/** What the page asks for. */
const POLLED = ['/api/latest', '/api/history', '/api/fleet', '/api/fleet/history?region=lhr'];

/**
 * Runs a backend of this build for so long: eight targets, of which one comes and goes, one hangs and one refuses, with a
 * run a second; it is scraped, polled as by the page, and reads its configuration again in each of twelve parts.
 */
export async function soak({ env, minutes, onProgress }: SoakOptions): Promise<SoakSample[]> {
  const relays: Relay[] = [];
  const file = createTargetsFile();
  const heapFile = join(file.folder, 'heap');
  let cli: CliProcess | undefined;
  const stopped = new AbortController();
  const loops: Promise<void>[] = [];
  try {
    const upstream = { host: env.DB_HOST, port: Number(env.DB_PORT) };
    const relayed = async (name: string) => {
      const relay = await startRelay({ upstream, rttMs: 1 });
      relays.push(relay);
      return { relay, entry: { name, host: '127.0.0.1', port: relay.port } };
    };
    const [flaps, hangs] = [await relayed('flaps'), await relayed('hangs')];
    hangs.relay.freeze();
    const healthy = Array.from({ length: HEALTHY }, (_, i) => ({
      name: `healthy-${i + 1}`,
      ...upstream,
    }));
    const refuses = { name: 'refuses', host: '127.0.0.1', port: await findFreePort() };
    // With DB_*'s own, eight.
    const targets = [...healthy, flaps.entry, hangs.entry, refuses];
    file.write(targets);

    const settings = {
      ...{ NODE_ENV: 'production', LISTEN_HOST: '127.0.0.1', PORT: '0', FLY_REGION: 'lhr' },
      ...{ SCHEDULE: '* * * * * *', ITERATIONS: '2', OPERATION_TIMEOUT_MS: '2000' },
      ...{ TARGETS_FILE: file.path, HEAP_FILE: heapFile },
    };
    const running = spawnCli(['serve'], { ...env, ...settings }, [
      '--expose-gc',
      `--import=${COLLECT}`,
    ]);
    cli = running;
    let logLines = 0;
    running.child.stdout?.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 10) logLines++;
    });
    const url = await running.listening();
    const ask = async (path: string) => {
      const answer = await fetch(url + path);
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${path} is ${answer.status}: ${text}`);
      return text;
    };

    const partMs = (minutes * 60_000) / PARTS;
    loops.push(
      repeat(stopped.signal, POLL_EVERY_MS, () => Promise.all(POLLED.map(ask))),
      repeat(stopped.signal, SCRAPE_EVERY_MS, () => ask('/metrics')),
    );
    // A loop that fails ends all; else it is over when all is.
    const failed = Promise.all(loops).then(() => new Promise<never>(() => undefined));

    const heapMb = async () => {
      rmSync(heapFile, { force: true });
      running.kill('SIGUSR2');
      const read = () => readFileSync(heapFile, 'utf8');
      return Number(await until(read, { withinMs: 30_000, what: 'the heap is collected' })) / MB;
    };
    const upTargets = async () =>
      (await ask('/metrics')).match(/^pglatency_target_up\{.* 1$/gm)?.length ?? 0;
    const sample = async (part: number): Promise<SoakSample> => {
      flaps.relay.freeze();
      await sleep(partMs / 2);
      flaps.relay.thaw();
      // Another one is taken away, and is back.
      file.write(targets.slice(1));
      running.kill('SIGHUP');
      await sleep(partMs / 2);
      file.write(targets);
      running.kill('SIGHUP');
      await until(async () => (await upTargets()) === HEALTHY + 2, {
        withinMs: 60_000,
        what: 'all that can be measured is',
      });
      const metrics = (await ask('/metrics')).split('\n');
      const of = (name: string) =>
        metrics
          .filter((line) => line.startsWith(name))
          .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      const now = {
        atS: Math.round(((part + 1) * partMs) / 1_000),
        descriptors: of('process_open_fds{'),
        heapMb: await heapMb(),
        series: metrics.filter((line) => line !== '' && !line.startsWith('#')).length,
        logLines,
        runs: of('pglatency_runs_total{'),
      };
      onProgress?.(JSON.stringify(now));
      return now;
    };
    const samples: SoakSample[] = [];
    for (let part = 0; part < PARTS; part++) {
      samples.push(await Promise.race([sample(part), failed]));
    }
    return samples.map((it, i) => ({
      ...it,
      logLines: it.logLines - (samples[i - 1]?.logLines ?? 0),
      runs: it.runs - (samples[i - 1]?.runs ?? 0),
    }));
  } finally {
    stopped.abort();
    await Promise.allSettled(loops);
    cli?.kill('SIGTERM');
    await cli?.ended;
    for (const relay of relays) await relay.close();
    rmSync(file.folder, { recursive: true });
  }
}

async function repeat(signal: AbortSignal, everyMs: number, work: () => unknown): Promise<void> {
  while (!signal.aborted) {
    await work();
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
