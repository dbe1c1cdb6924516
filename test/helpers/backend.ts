import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect } from 'vitest';
import { startBackend } from '../../src/backend/backend.js';
import { loadConfig } from '../../src/config/config.js';
import { askForRegion } from '../../src/config/metadata-service.js';
import { BUILT_IN_OPERATIONS } from '../../src/config/target.js';
import { parseExposition, valueOf } from './exposition.js';
import { until } from './until.js';

/** The thread's entry is compiled, wherever the rest runs from; `npm test` builds it first. */
export const WORKER_URL = new URL('../../dist/probe/worker.js', import.meta.url);

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface TestBackend {
  readonly url: string;
  /** Every line that was logged, parsed. */
  readonly logs: Record<string, unknown>[];
  get<T = Record<string, unknown>>(path: string, init?: RequestInit): Promise<Answer<T>>;
  /** The sum of the matching series; undefined when there is none. */
  metric(name: string, labels?: Record<string, string>): Promise<number | undefined>;
  close(): Promise<void>;
}

/** A backend in this process on a free port of the loopback interface, its log kept. */
export async function startTestBackend(
  env: Readonly<Record<string, string>>,
  {
    workerUrl = WORKER_URL,
    metadataAddress,
  }: { readonly workerUrl?: URL; readonly metadataAddress?: string } = {},
): Promise<TestBackend> {
  const logs: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logs.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const told = metadataAddress === undefined ? null : await askForRegion(env, metadataAddress);
  const settings = { LISTEN_HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'debug', ...env };
  const config = loadConfig(settings, told);
  const backend = await startBackend(config, pino({ level: 'debug' }, sink), { workerUrl });

  return {
    url: backend.url,
    logs,
    async get<T>(path: string, init?: RequestInit) {
      const response = await fetch(backend.url + path, init);
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as T,
      };
    },
    async metric(name, labels) {
      const text = await (await fetch(`${backend.metricsUrl}/metrics`)).text();
      return valueOf(parseExposition(text), name, labels);
    },
    close: () => backend.close(),
  };
}

/** Waits for a scheduled run that succeeded whole and ended after now. */
export async function nextSuccess(backend: TestBackend): Promise<void> {
  const now = Date.now() / 1_000;
  await until(
    async () => ((await backend.metric('pglatency_last_success_timestamp_seconds')) ?? 0) > now,
    { what: 'a successful scheduled run' },
  );
}

/** Holds the rule that no failure is a latency: as many observations as successes, each operation. */
export async function expectNoFailureInLatencies(
  backend: TestBackend,
  operations: readonly string[] = BUILT_IN_OPERATIONS,
): Promise<void> {
  for (const operation of operations) {
    // Between two scrapes a run may end; poll until both figures are of the same moment.
    await until(async () => {
      const observed = await backend.metric('pglatency_operation_duration_seconds_count', {
        operation,
      });
      const succeeded = await backend.metric('pglatency_operations_total', {
        operation,
        outcome: 'success',
      });
      return observed !== undefined && observed === succeeded;
    });
  }
  const { status } = await backend.get('/api/info');
  expect(status).toBe(200);
}
