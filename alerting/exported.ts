import { createMetrics } from '../src/metrics/metrics.js';
import type { ConnectionFacts, Operation, Sample } from '../src/probe/results/result.js';
import { BUILT_IN_OPERATIONS } from '../src/config/target.js';
import { regionOf } from '../src/regions/regions.js';

/** Every series name that a backend exports, with the values of each of its labels. */
export type Exported = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** What Prometheus adds to every target. */
const TARGET_LABELS = ['instance', 'job'];

const LAG_KNOWN_AFTER_MS = 100;

/** With every phase, and a certificate. */
const CONNECTION: ConnectionFacts = {
  phases: { dnsMs: 1, tcpMs: 1, tlsMs: 1, startupMs: 1 },
  address: '127.0.0.1',
  tlsVersion: 'TLSv1.3',
  certificateNotAfterMs: 1,
};

/** Reads the backend's own registry, after a run that failed and one that succeeded. */
export async function readExported(): Promise<Exported> {
  const metrics = createMetrics({
    fleet: 'pglatency',
    region: regionOf('gru'),
    targets: [
      {
        name: 'primary',
        mode: 'read-write',
        replicaOf: null,
        operations: BUILT_IN_OPERATIONS,
        queries: [],
      },
      { name: 'replica', mode: 'read-only', replicaOf: 'primary', operations: [], queries: [] },
    ],
    version: '0.0.0',
    revision: null,
    readTunnel: () => Promise.resolve({ lastHandshakeS: 1, receiveBytes: 1, transmitBytes: 1 }),
  });
  metrics.setScheduleInterval(60_000);
  metrics.setNextRun(new Date(60_000));
  metrics.setLastPlanned(new Date(0));
  metrics.observeHttpRequest({ method: 'GET', route: '/healthz', status: 200, durationMs: 1 });
  for (const sample of [
    { ok: false, reason: 'timeout', message: '' },
    { ok: true, durationMs: 1 },
  ] as const) {
    metrics.observeRun({
      target: 'primary',
      trigger: 'schedule',
      iterations: 1,
      startedAt: 0,
      durationMs: 1,
      outcome: sample.ok ? 'success' : 'failure',
      samples: samplesOf(sample.ok ? [sample] : [sample, { ok: true, durationMs: 1 }]),
      replica: null,
      tableRows: 1,
      connection: CONNECTION,
      failedAttempts: [],
      pooler: false,
      retentionFailure: null,
    });
    metrics.observeRun({
      target: 'replica',
      trigger: 'schedule',
      iterations: 1,
      startedAt: 0,
      durationMs: 1,
      outcome: 'success',
      samples: samplesOf([]),
      replica: { lagMs: 1, visibility: sample },
      tableRows: null,
      connection: null,
      failedAttempts: [],
      pooler: false,
      retentionFailure: null,
    });
  }
  // The lag of the event loop is known when some time has passed.
  await new Promise((resolve) => setTimeout(resolve, LAG_KNOWN_AFTER_MS));
  return read(await metrics.render());
}

function samplesOf(samples: readonly Sample[]): Record<Operation, readonly Sample[]> {
  return Object.fromEntries(BUILT_IN_OPERATIONS.map((operation) => [operation, samples])) as Record<
    Operation,
    readonly Sample[]
  >;
}

function read(exposition: string): Exported {
  const exported = new Map<string, Map<string, Set<string>>>();
  for (const line of exposition.split('\n')) {
    const [, name, labels] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (line.startsWith('#') || name === undefined) continue;
    const values = exported.get(name) ?? new Map<string, Set<string>>();
    exported.set(name, values);
    for (const label of TARGET_LABELS) values.set(label, new Set());
    for (const [, label, value] of (labels ?? '').matchAll(/(\w+)="([^"]*)"/g)) {
      values.set(label ?? '', (values.get(label ?? '') ?? new Set()).add(value ?? ''));
    }
  }
  return exported;
}
