import { expect, test } from 'vitest';
import { parseExposition, valueOf } from '../../test/helpers/exposition.js';
import type { RunResult, Sample } from '../probe/results/result.js';
import { regionOf } from '../regions/regions.js';
import { BUILT_IN_OPERATIONS } from '../config/target.js';
import { createMetrics, type Metrics } from './metrics.js';
import { METRICS } from './names.js';
import type { MeasuredTarget } from './target-series.js';

const run: RunResult = {
  target: 'primary',
  trigger: 'schedule',
  iterations: 2,
  startedAt: 0,
  durationMs: 10,
  outcome: 'success',
  samples: { ping: [{ ok: true, durationMs: 4 }] },
  tableRows: null,
  replica: null,
  connection: null,
  failedAttempts: [],
  pooler: false,
  retentionFailure: null,
};

function metricsOf(targets: readonly string[]) {
  return createMetrics({
    fleet: 'pglatency',
    region: regionOf('lhr'),
    targets: targets.map(measured),
    version: '0',
    revision: null,
  });
}

function measured(name: string): MeasuredTarget {
  return {
    name,
    mode: 'read-write',
    operations: BUILT_IN_OPERATIONS,
    queries: [],
    replicaOf: null,
  };
}

async function read(metrics: Metrics, name: string, labels: Record<string, string> = {}) {
  return valueOf(parseExposition(await metrics.render()), name, labels);
}

/** The latency histogram and the counter beside it. */
async function successesOf(metrics: Metrics) {
  const labels = { operation: 'ping', outcome: 'success' };
  return {
    observed: await read(metrics, `${METRICS.operationDuration.name}_count`, { operation: 'ping' }),
    counted: await read(metrics, METRICS.operations.name, labels),
  };
}

const success: Sample = { ok: true, durationMs: 4 };
const failure: Sample = { ok: false, reason: 'timeout', message: 'no answer' };

test('a sample counts when it is known, and its run does not count it again', async () => {
  const metrics = metricsOf(['primary']);
  metrics.observeSample('primary', 'ping', success);
  expect(await successesOf(metrics)).toEqual({ observed: 1, counted: 1 });
  metrics.observeRun({ ...run, samples: { ping: [success] } });
  expect(await successesOf(metrics)).toEqual({ observed: 1, counted: 1 });
});

test('a target is down from the first failure of a run on, and up after a whole one', async () => {
  const metrics = metricsOf(['primary']);
  const isUp = () => read(metrics, METRICS.targetUp.name);
  metrics.observeSample('primary', 'ping', success);
  expect(await isUp()).toBeUndefined();
  metrics.observeSample('primary', 'ping', failure);
  metrics.observeSample('primary', 'ping', success);
  expect(await isUp()).toBe(0);
  metrics.observeRun({ ...run, outcome: 'aborted' });
  expect(await isUp()).toBe(0);
  metrics.observeRun(run);
  expect(await isUp()).toBe(1);
});

test('a target that a reload removed while its run was under way has no series', async () => {
  const metrics = metricsOf(['primary', 'other']);
  metrics.replaceTargets([measured('primary')]);
  metrics.observeSample('other', 'ping', failure);
  expect(await metrics.render()).not.toContain('"other"');
});

test('a scheduled run shows its fastest, its median and its slowest sample', async () => {
  const metrics = metricsOf(['primary']);
  const samples = [4, 2, 9].map((durationMs) => ({ ok: true, durationMs }) as const);
  metrics.observeRun({ ...run, samples: { ping: samples } });
  const seconds = (statistic: string) =>
    read(metrics, METRICS.lastRunOperation.name, { statistic });
  expect([await seconds('min'), await seconds('median'), await seconds('max')]).toEqual([
    0.002, 0.004, 0.009,
  ]);
});

test.each([{ outcome: 'aborted' } as const, { trigger: 'request' } as const])(
  'a run with %o is counted, and is not the latest',
  async (change) => {
    const metrics = metricsOf(['primary']);
    metrics.observeRun({ ...run, ...change });
    expect(await read(metrics, METRICS.runs.name)).toBe(1);
    for (const { name } of [METRICS.lastRunOperation, METRICS.targetUp, METRICS.lastRunTimestamp]) {
      expect(await read(metrics, name)).toBeUndefined();
    }
  },
);
