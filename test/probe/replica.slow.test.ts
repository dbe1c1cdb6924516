import pg from 'pg';
import { loadConfig } from '../../src/config/config.js';
import { createConnector } from '../../src/probe/connection/connector.js';
import { prepareTable } from '../../src/probe/table.js';
import type { Target } from '../../src/config/target.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { METRICS } from '../../src/metrics/names.js';
import { FAILURE_REASONS } from '../../src/probe/results/result.js';
import { quantile } from '../../src/probe/results/statistics.js';
import { tableSql } from '../../src/probe/schema-sql.js';
import { ask } from '../helpers/ask.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { parseExposition, valueOf } from '../helpers/exposition.js';
import { startTestReplica, type TestReplica } from '../helpers/replica.js';
import { until } from '../helpers/until.js';

const QUICK = { SCHEDULE: '* * * * * *', ITERATIONS: '2', OPERATION_TIMEOUT_MS: '1000' };
const REPLICA = { target: 'replica' };
const LAG = METRICS.replicationLag.name;
const SEEN = `${METRICS.visibilityDelay.name}_count`;
const LATEST = METRICS.lastRunVisibilityDelay.name;
const UNSEEN = METRICS.visibilityFailures.name;

let pair: TestReplica;
let backend: TestBackend | undefined;

async function start(env: Record<string, string> = {}): Promise<TestBackend> {
  return (backend = await startTestBackend({ ...pair.env, ...QUICK, ...env }));
}

afterEach(async () => {
  await backend?.close();
  backend = undefined;
});

type Run = Record<string, unknown> & {
  visibility_delay_ms: number | null;
  visibility_failure?: { reason: string; message: string };
};

/** The replica's runs that were logged, oldest first. */
const runsOf = (on: TestBackend) =>
  on.logs.filter(({ msg, target }) => msg === 'run' && target === 'replica') as Run[];

/** The replica's next run of which this holds. */
async function nextRun(on: TestBackend, holds: (run: Run) => boolean): Promise<Run> {
  const seen = runsOf(on).length;
  return until(() => runsOf(on).slice(seen).find(holds), { what: 'such a run of the replica' });
}

const succeeded = (run: Run) => run.outcome === 'success' && run.visibility_delay_ms !== null;

describe('a read-only target', () => {
  beforeAll(async () => {
    pair = await startTestReplica();
  });

  afterAll(() => pair.stop());

  test('has no insert, and says how far it is behind', async () => {
    const on = await start();
    const first = parseExposition(await (await fetch(`${on.url}/metrics`)).text());
    for (const reason of FAILURE_REASONS) {
      expect(valueOf(first, UNSEEN, { ...REPLICA, reason })).toBe(0);
    }
    expect(valueOf(first, SEEN, REPLICA)).toBe(0);
    expect(valueOf(first, LAG)).toBeUndefined();

    await nextRun(on, succeeded);
    const series = parseExposition(await (await fetch(`${on.url}/metrics`)).text());
    expect(series.filter(({ labels }) => labels.operation === 'insert').length).toBeGreaterThan(0);
    expect(
      series.filter(({ labels }) => labels.operation === 'insert' && labels.target === 'replica'),
    ).toEqual([]);
    for (const { name, type, labels } of [
      METRICS.replicationLag,
      METRICS.visibilityDelay,
      METRICS.lastRunVisibilityDelay,
      METRICS.visibilityFailures,
    ]) {
      const exported = series.filter((it) => it.name === (type === 'histogram' ? SEEN : name));
      expect(exported.length, name).toBeGreaterThan(0);
      for (const { labels: actual } of exported) {
        expect(Object.keys(actual).sort(), name).toEqual(['fleet', 'region', ...labels].sort());
        expect(actual.target, name).toBe('replica');
      }
    }
    expect(valueOf(series, 'pglatency_target_up', REPLICA)).toBe(1);
    expect(valueOf(series, LAG, REPLICA)).toBeGreaterThanOrEqual(0);
    expect(valueOf(series, LAG, REPLICA)).toBeLessThan(5);
    const delay = valueOf(series, `${METRICS.visibilityDelay.name}_sum`, REPLICA) as number;
    expect(delay / (valueOf(series, SEEN, REPLICA) as number)).toBeLessThan(0.25);
    expect(valueOf(series, LATEST, REPLICA)).toBeGreaterThan(0);
    expect(valueOf(series, LATEST, REPLICA)).toBeLessThanOrEqual(delay);
  });

  test("counts the region's rows, and tells its figures in the API", async () => {
    const on = await start();
    await nextRun(on, succeeded);
    const { body } = await on.get<{ runs: Record<string, unknown>[] }>('/api/rds/latest');
    const run = body.runs.find(({ target }) => target === 'replica');
    expect(run).toMatchObject({
      outcome: 'success',
      replica: {
        replication_lag_ms: expect.any(Number) as number,
        visibility_delay_ms: expect.any(Number) as number,
        visibility_failure: null,
      },
    });
    expect(run?.table_rows).toBeGreaterThan(0);
    expect(body.runs.find(({ target }) => target === 'primary')).toMatchObject({ replica: null });
  });

  test('that receives nothing any more: timeouts, and no latency of them', async () => {
    const on = await start();
    await nextRun(on, succeeded);
    pair.feed.freeze();
    const { visibility_failure: failure } = await nextRun(
      on,
      ({ visibility_delay_ms }) => visibility_delay_ms === null,
    );
    expect(failure).toMatchObject({
      reason: 'timeout',
      message: 'a row that primary had committed could not be read within 1000 ms',
    });
    const [seen, selects] = [await on.metric(SEEN, REPLICA), await selectsOf(on)];
    const failed = await on.metric(UNSEEN, { ...REPLICA, reason: 'timeout' });
    await nextRun(on, (run) => run.outcome === 'success' && run.visibility_delay_ms === null);
    expect(await on.metric(SEEN, REPLICA)).toBe(seen);
    expect(await on.metric(LATEST, REPLICA)).toBeUndefined();
    expect(await on.metric(UNSEEN, { ...REPLICA, reason: 'timeout' })).toBeGreaterThan(
      failed as number,
    );
    expect(await selectsOf(on)).toBeGreaterThan(selects);
    pair.feed.thaw();
    await nextRun(on, succeeded);
  });

  test('whose primary is down: the reason, and the replica is measured all the same', async () => {
    const on = await start();
    await nextRun(on, succeeded);
    await pair.primary.stop();
    try {
      const refused = (run: Run) => run.visibility_failure?.reason === 'refused';
      const run = await nextRun(on, refused);
      expect(run).toMatchObject({ outcome: 'success', level: 40 });
      expect(run.visibility_failure?.message).toMatch(/^the insert on primary: .*ECONNREFUSED/);
      const selects = await selectsOf(on);
      // Nothing arrives, so it has not caught up: the lag is an age, and grows.
      const lag = await until(() => on.metric(LAG, REPLICA));
      await nextRun(on, refused);
      await nextRun(on, refused);
      expect(await on.metric(LAG, REPLICA)).toBeGreaterThan(lag);
      expect(await selectsOf(on)).toBeGreaterThan(selects);
      expect(await on.metric('pglatency_target_up', REPLICA)).toBe(1);
      expect(await on.metric('pglatency_target_up', { target: 'primary' })).toBe(0);
    } finally {
      await pair.primary.start();
    }
    await nextRun(on, succeeded);
  });

  test('that hangs delays nobody but itself, and its primary is left alone', async () => {
    const on = await start();
    await nextRun(on, succeeded);
    pair.path.freeze();
    const run = await nextRun(on, ({ visibility_failure: failure }) => failure !== undefined);
    pair.path.thaw();
    expect(run.visibility_failure?.reason).toBe('timeout');
    expect(
      await on.metric('pglatency_operations_total', { outcome: 'failure', target: 'primary' }),
    ).toBe(0);
  });

  const selectsOf = async (on: TestBackend) =>
    (await on.metric('pglatency_operations_total', {
      ...REPLICA,
      operation: 'select',
      outcome: 'success',
    })) as number;
});

describe('a standby that is called read-write', () => {
  beforeAll(async () => {
    pair = await startTestReplica();
    const client = new pg.Client(pair.primary.connection);
    await client.connect();
    await client.query(tableSql(null));
    await client.end();
  });

  afterAll(() => pair.stop());

  test('is told by a query too, for servers that do not say it at once', async () => {
    const [target] = loadConfig({ ...pair.env, DB_PORT: String(pair.replica.port) }).targets;
    const connector = createConnector({ program: 'pglatency/test', note: () => undefined });
    // Opened as a replica, which is no failure; then asked as a primary.
    const replica = { ...(target as Target), mode: 'read-only' as const };
    const connection = await connector.open(replica, 'request', new AbortController().signal);
    await expect(prepareTable(connection, replica)).rejects.toMatchObject({ reason: 'read_only' });
    await connection.close();
    connector.close();
  });

  test('fails for read_only, and recovers by itself when it is promoted', async () => {
    const on = await start({ DB_PORT: String(pair.replica.port), TARGETS_FILE: '' });
    const failures = { reason: 'read_only' };
    for (const operation of ['connect', 'ping', 'select', 'insert']) {
      await until(
        async () =>
          ((await on.metric('pglatency_operation_failures_total', { ...failures, operation })) ??
            0) > 0,
        { what: `a failure of ${operation}` },
      );
    }
    expect(await on.metric('pglatency_target_up')).toBe(0);
    expect(await on.metric('pglatency_operation_duration_seconds_count')).toBe(0);
    expect(await on.get('/api/rds/health')).toMatchObject({
      status: 503,
      body: { status: 'error', reason: 'read_only' },
    });

    await ask(pair.replica.connection, 'SELECT pg_promote()');
    await until(async () => (await on.metric('pglatency_target_up')) === 1);
    expect(
      await on.metric('pglatency_operations_total', { operation: 'insert', outcome: 'success' }),
    ).toBeGreaterThan(0);
    expect((await on.get('/api/rds/health')).status).toBe(200);
  });

  test('a read-only target that was promoted has no lag, and no row arrives', async () => {
    const on = await start();
    const run = await nextRun(on, () => true);
    expect(run).toMatchObject({ outcome: 'success', replication_lag_ms: null });
    expect(run.visibility_failure?.reason).toBe('timeout');
    expect(await on.metric(LAG)).toBeUndefined();
  });
});

describe('a replica that is held back by 500 ms, 20 ms away', () => {
  beforeAll(async () => {
    pair = await startTestReplica({
      settings: { recovery_min_apply_delay: '500ms' },
      rttMs: 20,
    });
  });

  afterAll(() => pair.stop());

  test('shows rows after 500 to 560 ms', async () => {
    const on = await start({ OPERATION_TIMEOUT_MS: '3000' });
    const delays = () => runsOf(on).flatMap(({ visibility_delay_ms: ms }) => ms ?? []);
    await until(() => delays().length >= 7, { withinMs: 25_000 });
    const median = quantile(
      delays().sort((a, b) => a - b),
      0.5,
    );
    expect(median).toBeGreaterThanOrEqual(500);
    expect(median).toBeLessThanOrEqual(560);
  });
});
