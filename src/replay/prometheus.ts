import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../lab/ports.js';

/** One series of a range query: values at evaluation times, in Unix seconds. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [time: number, value: string])[];
}

/** A real Prometheus that serves a directory of blocks and scrapes nothing. */
export interface Prometheus {
  readonly url: string;
  readonly pid: number;
  queryRange(expr: string, start: number, end: number, step: number): Promise<Series[]>;
  stop(): Promise<void>;
}

/** The server answers at most 11000 points a series. So few it answers within the 300 s that fetch waits, also on a busy machine. */
const MAX_POINTS = 500;

/**
 * @param more configuration, in YAML
 * @param signal ends the server
 * @throws when the server does not become ready within 60 s
 */
export async function startPrometheus(
  directory: string,
  more = '',
  signal?: AbortSignal,
): Promise<Prometheus> {
  const configuration = join(directory, 'serve.yml');
  writeFileSync(configuration, `global: {}\n${more}`);
  const port = await findFreePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--query.max-samples=500000000',
      '--query.timeout=30m',
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], ...(signal && { signal }) },
  );
  // Also when the signal ends it; what waits for its answers fails then.
  child.on('error', () => undefined);
  // An interrupted simulation leaves no server behind.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady(url, child);
  signal?.throwIfAborted();
  return {
    url,
    pid: child.pid ?? 0,
    queryRange: (expr, start, end, step) => queryRange(url, expr, start, end, step),
    async stop() {
      process.off('exit', end);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`prometheus exited with code ${child.exitCode}`);
    }
    const ready = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error('prometheus was not ready within 60 s');
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: { metric: Record<string, string>; values: [number, string][] }[];
  };
}

async function queryRange(
  url: string,
  expr: string,
  start: number,
  end: number,
  step: number,
): Promise<Series[]> {
  const bySeries = new Map<
    string,
    { labels: Record<string, string>; samples: [number, string][] }
  >();
  for (let from = start; from <= end; from += MAX_POINTS * step) {
    const to = Math.min(end, from + (MAX_POINTS - 1) * step);
    const body = new URLSearchParams({
      query: expr,
      start: `${from}`,
      end: `${to}`,
      step: `${step}`,
    });
    const response = await fetch(`${url}/api/v1/query_range`, { method: 'POST', body });
    const answer = (await response.json()) as QueryAnswer;
    if (answer.status !== 'success')
      throw new Error(`${answer.error ?? 'query failed'} in: ${expr}`);
    for (const { metric, values } of answer.data.result) {
      // Prometheus drops the name of what a rule makes: the two sides of an `or` become one series.
      const { __name__, ...labels } = metric;
      const key = JSON.stringify(Object.entries(labels).sort());
      const series = bySeries.get(key) ?? { labels, samples: [] };
      for (const value of values) series.samples.push(value);
      bySeries.set(key, series);
    }
  }
  for (const { samples } of bySeries.values()) samples.sort(([a], [b]) => a - b);
  return [...bySeries.values()];
}

/** Makes blocks of an OpenMetrics file, in the directory's TSDB. @throws with promtool's message */
export async function importOpenMetrics(
  file: string,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  // Long blocks: promtool reads the whole file once for every block.
  const child = spawn(
    'promtool',
    [
      'tsdb',
      'create-blocks-from',
      '--quiet',
      '--max-block-duration=1458h',
      'openmetrics',
      file,
      join(directory, 'data'),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], ...(signal && { signal }) },
  );
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  let message = '';
  child.stderr.on('data', (chunk: Buffer) => (message += chunk.toString()));
  const [code] = (await once(child, 'exit').finally(() => process.off('exit', end))) as [
    number | null,
  ];
  if (code !== 0) throw new Error(`promtool could not import ${file}: ${message.trim()}`);
}
