import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectorsOf, type Selector } from '../../alerting/selectors.js';
import { allDashboards } from '../../src/dashboards/dashboards.js';
import { UIDS } from '../../src/rules/dashboard-uids.js';
import { DEFAULT_FLEET_CODES } from '../../src/regions/default-fleet.js';
import { startFleetLab, type FleetLab } from '../helpers/fleet-lab.js';
import { createPrometheusClient, type PrometheusClient } from '../helpers/prometheus-client.js';
import { findTool, requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';
import { fillIn, panelsOf, queriesOf, variablesOf, type Query } from '../helpers/walk.js';

/**
 * Walks every query of every dashboard against a real Prometheus that scrapes ten running backends:
 * once while they are well, and once with the paths of two of them broken.
 */
const MAX_EVALUATION_MS = 200;
const MAX_SERIES = 10_000;
const ATTEMPTS = 5;
const STEP_S = 5;
const BROKEN = ['lhr', 'syd'] as const;

/** What has nothing to show on a healthy fleet, by dashboard and panel, and must with a fault. */
const FILLED_BY_A_FAULT = new Set([
  'pglatency / Region: Failures by reason',
  'pglatency / Alerts and objectives: Firing now',
  'pglatency / Fleet: Firing now',
  ...['Fleet', 'Region', 'Alerts and objectives'].map(
    (name) => `pglatency / ${name}: annotation Firing alerts`,
  ),
  // A moment above normal, or an alert that is pending for a moment, is no fault.
  'pglatency / Region: Where the extra time is spent',
  'pglatency / Alerts and objectives: Alerts over time',
]);

/** What only a replica fills. The fleet of this test has none: they say so, and show no figure. */
const FILLED_BY_A_REPLICA = new Set([
  'pglatency / Fleet: Replication lag',
  'pglatency / Fleet: Visibility delay',
]);

/** What only a name with several addresses fills: those of this test have one each. */
const FILLED_BY_A_SECOND_ADDRESS = new Set(['pglatency / Region: Addresses that did not answer']);

/** What a state fills that has lasted for whole minutes. */
const FILLED_BY_MINUTES = new Set(['pglatency / Fleet: What is wrong now']);

/** What only a new configuration and a clock that is set fill. */
const FILLED_BY_A_CHANGE = new Set(
  ['Fleet', 'Region', 'Alerts and objectives'].flatMap((name) =>
    ['Reloads', 'Clock steps'].map((mark) => `pglatency / ${name}: annotation ${mark}`),
  ),
);

const NOT_OF_THIS_FLEET = new Set([
  ...FILLED_BY_A_REPLICA,
  ...FILLED_BY_A_SECOND_ADDRESS,
  ...FILLED_BY_MINUTES,
  ...FILLED_BY_A_CHANGE,
]);

interface Walked extends Query {
  readonly where: string;
  readonly region: string;
  readonly error: string | null;
  readonly series: number;
  readonly selected: number;
  readonly evaluationMs: number;
}

const dashboards = [...allDashboards().values()];
const prometheus = findTool('prometheus');
let lab: FleetLab | undefined;
let client: PrometheusClient;
let startedAt: number;

beforeAll(async () => {
  if (prometheus === null) return;
  startedAt = Date.now() / 1_000;
  lab = await startFleetLab(prometheus);
  client = createPrometheusClient(lab.prometheusUrl);
}, 90_000);

afterAll(() => lab?.stop(), 90_000);

/** What a viewer sees who has chosen nothing but the region. */
function valuesOf({ uid, templating }: Dashboard, region: string): Record<string, string> {
  const current = (templating.list ?? []).map(({ name, current: chosen }) => {
    const value = chosen?.value;
    return [name, typeof value === 'string' ? value : ''] as const;
  });
  // With a scrape interval of 15 s, Grafana's own makes it a minute.
  const all = { ...Object.fromEntries(current), region: '.+', __rate_interval: '1m' };
  return uid === UIDS.region ? { ...all, region } : all;
}

const asText = ({ name, matchers }: Selector) =>
  `${name}{${matchers.map(({ label, operator, value }) => `${label}${operator}"${value}"`).join(',')}}`;

async function walkOne(query: Query, dashboard: Dashboard, region: string): Promise<Walked> {
  const expr = fillIn(query.expr, valuesOf(dashboard, region));
  const ask = () =>
    query.kind === 'instant'
      ? client.instant(expr)
      : client.range(expr, startedAt, Date.now() / 1_000, STEP_S);
  let answer = await ask();
  // The processor is shared: the quickest of a few attempts is what the query takes.
  for (let again = 1; again < ATTEMPTS && answer.evaluationMs > MAX_EVALUATION_MS; again += 1) {
    const next = await ask();
    if (next.evaluationMs < answer.evaluationMs) answer = next;
  }
  const selectors = [...new Set(selectorsOf(expr).map(asText))];
  const counts = await Promise.all(selectors.map((one) => client.countSeries(one, startedAt)));
  const where = `${query.dashboard}: ${query.panel}`;
  const selected = counts.reduce((sum, count) => sum + count, 0);
  return { ...query, ...answer, where, region, selected };
}

async function walk(region: string): Promise<Walked[]> {
  const walked: Walked[] = [];
  for (const dashboard of dashboards) {
    for (const query of queriesOf(dashboard)) {
      walked.push(await walkOne(query, dashboard, region));
    }
  }
  return walked;
}

const names = (walked: readonly Walked[]) =>
  walked.map(
    ({ where, query, region, error }) => `${where}, query ${query} (${region}) ${error ?? ''}`,
  );

function expectSound(walked: readonly Walked[]): void {
  expect(names(walked.filter(({ error }) => error !== null))).toEqual([]);
  expect(names(walked.filter(({ selected }) => selected > MAX_SERIES))).toEqual([]);
  expect(names(walked.filter(({ evaluationMs }) => evaluationMs > MAX_EVALUATION_MS))).toEqual([]);
}

/** Until a series is there with as many regions as are wanted. */
function regionsOf(query: string, count: number, withinMs: number) {
  return until(async () => (await client.instant(query)).series >= count, {
    what: `${count} series of ${query}`,
    everyMs: 1_000,
    withinMs,
  });
}

describe('the panel walk', () => {
  it('finds data for every query on a healthy fleet', async (context) => {
    requireTool(context, 'prometheus', 'Debian: prometheus');
    const all = DEFAULT_FLEET_CODES.length;
    const ratio = 'region_operation:pglatency_operation_seconds:ratio_now';
    for (const operation of ['ping', 'select', 'insert', 'connect']) {
      await regionsOf(`${ratio}{operation="${operation}"}`, all, 90_000);
    }
    for (const dashboard of dashboards) {
      for (const { name, series, label } of variablesOf(dashboard)) {
        const values = await client.labelValues(fillIn(series, valuesOf(dashboard, '.+')), label);
        expect(values.length, `${dashboard.title}: variable ${name}`).toBeGreaterThan(0);
      }
    }
    const walked = await walk('lhr');
    expectSound(walked);
    const empty = walked.filter(({ series }) => series === 0);
    const mayBeEmpty = new Set([...FILLED_BY_A_FAULT, ...NOT_OF_THIS_FLEET]);
    expect(names(empty.filter(({ where }) => !mayBeEmpty.has(where)))).toEqual([]);
    // By now, what may be empty is known by name.
    const known = new Set(walked.map(({ where }) => where));
    expect([...mayBeEmpty].filter((where) => !known.has(where))).toEqual([]);
    report('healthy', walked);
  }, 150_000);

  it('shows failures and alerts once two paths are broken', async (context) => {
    requireTool(context, 'prometheus', 'Debian: prometheus');
    lab?.relays.get('lhr')?.freeze();
    lab?.relays.get('syd')?.setRtt(450);
    const firing = (alert: string, region: string) =>
      regionsOf(`ALERTS{alertname="${alert}", region="${region}", alertstate="firing"}`, 1, 90_000);
    await firing('PglatencyRegionFailing', 'lhr');
    const excess = 'region_operation:pglatency_operation_seconds:excess_now';
    await regionsOf(`${excess}{region="syd", operation="select"} > 0`, 1, 90_000);
    const walked = (await Promise.all(BROKEN.map(walk))).flat();
    expectSound(walked);
    const filled = new Set(
      walked.filter(({ series }) => series > 0).map(({ where, query }) => `${where} ${query}`),
    );
    const still = walked.filter(({ where, query }) => !filled.has(`${where} ${query}`));
    expect(names(still.filter(({ where }) => !NOT_OF_THIS_FLEET.has(where)))).toEqual([]);
    report('broken', walked);
  }, 150_000);
});

function report(phase: string, walked: readonly Walked[]): void {
  const slowest = walked.reduce((a, b) => (b.evaluationMs > a.evaluationMs ? b : a));
  const widest = walked.reduce((a, b) => (b.selected > a.selected ? b : a));
  const sum = walked.reduce((total, { series }) => total + series, 0);
  const panels = dashboards.flatMap(panelsOf).length;
  console.log(
    `${phase}: ${panels} panels, ${walked.length} queries, ${sum} series returned; slowest ` +
      `${slowest.evaluationMs.toFixed(1)} ms (${slowest.where}, ${slowest.query}); widest selects ` +
      `${widest.selected} series (${widest.where}, ${widest.query})`,
  );
}
