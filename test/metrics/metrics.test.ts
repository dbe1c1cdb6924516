import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics/names.js';
import { FAILURE_REASONS, RUN_OUTCOMES } from '../../src/probe/results/result.js';
import { BUILT_IN_OPERATIONS } from '../../src/config/target.js';
import { nextSuccess, startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { parseExposition, valueOf } from '../helpers/exposition.js';
import { requireTool } from '../helpers/tools.js';

let database: TestDatabase;
let backend: TestBackend;
let first: string;
let later: string;
let folder: string;

const scrape = async () => (await fetch(`${backend.url}/metrics`)).text();

beforeAll(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'pglatency-test-'));
  const tunnel = join(folder, 'wireguard');
  await writeFile(tunnel, 'latest_handshake 1700000000\nreceive_bytes 3\ntransmit_bytes 2\n');
  backend = await startTestBackend({
    ...database.env,
    FLY_REGION: 'syd',
    SCHEDULE: '* * * * * *',
    ITERATIONS: '3',
    WIREGUARD_STATUS_FILE: tunnel,
  });
  first = await scrape();
  await nextSuccess(backend);
  await backend.get('/api/rds/benchmark?iterations=1');
  later = await scrape();
});

afterAll(async () => {
  await backend.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

test('every foreseeable series exists at the first scrape, at zero', () => {
  const series = parseExposition(first);
  const zero = (name: string, labels: Record<string, string>) =>
    expect(valueOf(series, name, { region: 'syd', target: 'primary', ...labels })).toBe(0);
  for (const operation of BUILT_IN_OPERATIONS) {
    zero('pglatency_operation_duration_seconds_count', { operation });
    zero('pglatency_operations_total', { operation, outcome: 'success' });
    zero('pglatency_operations_total', { operation, outcome: 'failure' });
    for (const reason of FAILURE_REASONS) {
      zero('pglatency_operation_failures_total', { operation, reason });
    }
  }
  for (const outcome of RUN_OUTCOMES) {
    for (const trigger of ['schedule', 'request']) {
      zero('pglatency_runs_total', { trigger, outcome });
    }
  }
});

test('what was not measured is absent, and not zero', () => {
  const series = parseExposition(first);
  for (const { name } of [
    METRICS.lastRunOperation,
    METRICS.targetUp,
    METRICS.lastRunTimestamp,
    METRICS.lastSuccessTimestamp,
    METRICS.probeTableRows,
  ]) {
    expect(valueOf(series, name), name).toBeUndefined();
  }
});

/** Those of read-only targets: test/replica.test.ts. */
const OF_REPLICAS: readonly { name: string }[] = [
  METRICS.replicationLag,
  METRICS.visibilityDelay,
  METRICS.lastRunVisibilityDelay,
  METRICS.visibilityFailures,
];

test('after a run every metric of names.ts is there, with its labels and the region', () => {
  const series = parseExposition(later);
  for (const metric of Object.values(METRICS)) {
    const { name, type, labels } = metric;
    // Without TLS there is no certificate: test/tls.test.ts.
    if (OF_REPLICAS.includes(metric) || metric === METRICS.certificateNotAfter) continue;
    const isSummed = type === 'histogram' || type === 'summary';
    const exported = isSummed ? `${name}_count` : name;
    const found = series.filter((it) => it.name === exported);
    expect(found.length, name).toBeGreaterThan(0);
    for (const { labels: actual } of found) {
      expect(Object.keys(actual).sort(), name).toEqual(['fleet', 'region', ...labels].sort());
      expect(actual.region).toBe('syd');
    }
  }
});

test('the histogram and the gauges agree on a run of known size', () => {
  const series = parseExposition(later);
  const value = (name: string, labels: Record<string, string>) =>
    valueOf(series, name, labels) as number;
  const pings = value('pglatency_operation_duration_seconds_count', { operation: 'ping' });
  const connects = value('pglatency_operation_duration_seconds_count', { operation: 'connect' });
  // A run may be under way: what it has measured is counted already.
  const runs = value('pglatency_runs_total', { trigger: 'schedule', outcome: 'success' });
  expect(runs).toBeGreaterThan(0);
  expect(pings).toBeGreaterThanOrEqual(runs * 3);
  expect(pings).toBeLessThanOrEqual(connects * 3);
  expect(connects - runs).toBeLessThanOrEqual(1);
  const name = 'pglatency_last_run_operation_seconds';
  const median = value(name, { operation: 'select', statistic: 'median' });
  const max = value(name, { operation: 'select', statistic: 'max' });
  expect(median).toBeGreaterThan(0);
  expect(median).toBeLessThan(1);
  expect(max).toBeGreaterThanOrEqual(median);
});

test("the phases of the latest connection add up to connect's own figure", () => {
  const series = parseExposition(later);
  const phase = (name: string) =>
    valueOf(series, 'pglatency_last_run_connect_phase_seconds', { phase: name });
  const connect = { operation: 'connect', statistic: 'median' };
  const seconds = valueOf(series, 'pglatency_last_run_operation_seconds', connect) ?? NaN;
  expect(Math.abs((phase('tcp') ?? NaN) + (phase('startup') ?? NaN) - seconds)).toBeLessThan(0.001);
  // The host is an address, and the database has no TLS.
  expect([phase('dns'), phase('tls')]).toEqual([undefined, undefined]);
});

test('connect has buckets of its own', () => {
  const buckets = (operation: string) =>
    parseExposition(later)
      .filter(({ name }) => name === 'pglatency_operation_duration_seconds_bucket')
      .filter(({ labels }) => labels.operation === operation)
      .map(({ labels }) => labels.le);
  expect(buckets('select')).toHaveLength(94);
  expect(buckets('select')).toContain('0.006');
  expect(buckets('connect')).toContain('0.03');
  expect(buckets('connect')).not.toContain('0.006');
  expect(buckets('connect').at(-1)).toBe('+Inf');
});

test('all of it is under 100 KB', () => {
  expect(Buffer.byteLength(later)).toBeLessThan(100_000);
});

test('promtool has nothing to complain of', (context) => {
  requireTool(context, 'promtool', 'the Debian package prometheus');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: later,
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('docs/metrics.md names every metric, its type, its labels and its help', () => {
  const document = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  for (const { name, type, labels, help } of Object.values(METRICS)) {
    const columns = [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help];
    expect(document).toContain(`| ${columns.join(' | ')} |`.replace('|  |', '| |'));
  }
});
