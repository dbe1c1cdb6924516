import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allDashboards } from '../../src/dashboards/dashboards.js';
import { startPrometheus } from '../../src/lab/prometheus.js';
import { startTestBackend } from '../helpers/backend.js';
import { createDatabase } from '../helpers/database.js';
import { createPrometheusClient } from '../helpers/prometheus-client.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';
import { fillIn, queriesOf } from '../helpers/walk.js';

/** A Prometheus 3 that converts every histogram to a native one, and keeps no bucket. */
const promtool = process.env['PROMETHEUS3'];
const VALUES = { fleet: 'pglatency', target: 'primary', region: 'nrt', __rate_interval: '1m' };

const stops: (() => unknown)[] = [];
let url = '';

beforeAll(async () => {
  if (promtool === undefined) return;
  const database = await createDatabase();
  stops.push(database.drop);
  const backend = await startTestBackend({
    ...database.env,
    FLY_REGION: 'nrt',
    SCHEDULE: '* * * * * *',
    ITERATIONS: '2',
  });
  stops.push(backend.close);
  const server = await startPrometheus(join(dirname(promtool), 'prometheus'), [backend.url], {
    scrapeInterval: '1s',
    flags: ['--enable-feature=native-histograms'],
    scrape: { convert_classic_histograms_to_nhcb: true },
  });
  stops.push(server.stop);
  ({ url } = server);
}, 60_000);

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
}, 30_000);

test('percentiles are shown of native histograms too, between the smallest and the largest value', async (context) => {
  if (promtool === undefined) {
    requireTool(context, 'PROMETHEUS3', 'scripts/prometheus-3.sh prints what it has to be');
  }
  const client = createPrometheusClient(url);
  const answered = async (query: string) => (await client.instant(query)).series;
  const percentiles = [...allDashboards().values()]
    .flatMap(queriesOf)
    .filter(({ expr }) => expr.includes('histogram_quantile'));
  expect(percentiles.length).toBeGreaterThan(15);
  for (const { panel, expr } of percentiles) {
    const filled = fillIn(expr, VALUES);
    await until(async () => (await answered(filled)) > 0, { what: panel });
  }
  expect(await answered('{__name__=~"pglatency_.*_bucket"}')).toBe(0);

  const median =
    'histogram_quantile(0.5, sum by (operation) (rate(pglatency_operation_duration_seconds[1m])))';
  const measured = (statistic: 'min' | 'max') =>
    `${statistic} by (operation) (${statistic}_over_time(pglatency_last_run_operation_seconds{statistic="${statistic}"}[1m]))`;
  expect(await answered(median)).toBe(4);
  // A bucket is a tenth wide, and where few figures lie twice as wide.
  expect(await answered(`${median} < ${measured('min')} / 2`)).toBe(0);
  expect(await answered(`${median} > ${measured('max')} * 2`)).toBe(0);
});
