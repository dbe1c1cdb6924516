import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { parseExposition, valueOf, type Series } from '../helpers/exposition.js';
import { histogramQuantile } from '../helpers/histogram-quantile.js';
import { until } from '../helpers/until.js';

/** What docs/metrics.md promises of a region and target. */
const MAX_SERIES = 500;
const ROUNDS = 50;
/** A bucket's width; an insert may take 4 to 6 ms, where they are wider. */
const MAX_ERROR = { ping: 0.1, select: 0.1, insert: 0.21 };

let database: TestDatabase;
let backend: TestBackend;
let series: readonly Series[];

beforeAll(async () => {
  database = await createDatabase();
  backend = await startTestBackend({
    ...database.env,
    SCHEDULE: '*/5 * * * * *',
    ITERATIONS: String(ROUNDS),
  });
  // Of one whole run: its gauges and the histogram are of the same samples.
  series = await until(async () => {
    const now = parseExposition(await (await fetch(`${backend.url}/metrics`)).text());
    return valueOf(now, 'pglatency_target_up') === 1 && now;
  });
});

afterAll(async () => {
  await backend.close();
  await database.drop();
});

test.each(['ping', 'select', 'insert'] as const)(
  'the histogram says 0.6 ms where the median of %s is 0.15',
  (operation) => {
    const buckets = series.filter(
      ({ name, labels }) =>
        name === 'pglatency_operation_duration_seconds_bucket' && labels.operation === operation,
    );
    const median = valueOf(series, 'pglatency_last_run_operation_seconds', {
      operation,
      statistic: 'median',
    });
    expect(Math.max(...buckets.map(({ value }) => value))).toBe(ROUNDS);
    const said = histogramQuantile(0.5, buckets);
    expect(Math.abs(said / Number(median) - 1)).toBeLessThan(MAX_ERROR[operation]);
  },
);

test('a region and target have at most 500 series', () => {
  const ofTarget = series.filter(({ labels }) => labels.target === 'primary');
  expect(ofTarget.length).toBeLessThanOrEqual(MAX_SERIES);
});
