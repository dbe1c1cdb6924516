import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPrometheusClient, type PrometheusClient } from '../helpers/prometheus-client.js';
import { writeScaledRules } from '../helpers/quick-rules.js';
import { startTestLab, type TestLab } from '../helpers/test-lab.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';
import { startVictoriaMetrics, type VictoriaMetrics } from '../helpers/victoria-metrics.js';

/** Everything is six times as quick as in earnest: the rules, and a run every ten seconds. */
const TIMES_AS_QUICK = 6;
const LAB = [
  '--prometheus',
  ...['--regions', 'lhr,iad,nrt', '--rtt', 'lhr=40,iad=80,nrt=60'],
  ...['--schedule', '*/10 * * * * *', '--regress', 'nrt=+60%@45s'],
];

/** Of vmalert, as docs/alerts-evaluators.md says: what it records it can read only at its next evaluation. */
const EVALUATION_SECONDS = 15;

let rules: string;
let quicker: string;
let lab: TestLab | undefined;
let victoria: VictoriaMetrics | undefined;
beforeEach(() => {
  rules = writeScaledRules(TIMES_AS_QUICK, null);
  quicker = writeScaledRules(TIMES_AS_QUICK, EVALUATION_SECONDS);
});
afterEach(async () => {
  await victoria?.stop();
  await lab?.stop();
  victoria = lab = undefined;
  for (const folder of [rules, quicker]) rmSync(folder, { recursive: true, force: true });
});

/** Of latency and silence; a busy machine may well be late. */
const WATCHED = /^Pglatency(AllRegions|Region|Connect|Writes)/;

/** Notes the states that each alert goes through. */
function watchAlerts(prometheus: PrometheusClient) {
  const states = new Map<string, string[]>();
  const look = async () => {
    for (const { name, region, state } of await prometheus.alerts()) {
      if (!WATCHED.test(name)) continue;
      const alert = `${name} ${region ?? 'all'}`;
      const seen = states.get(alert) ?? [];
      if (seen.at(-1) !== state) states.set(alert, [...seen, state]);
    }
  };
  return {
    states,
    /** Pending is no alert: every region is silent before it is scraped first. */
    firedElsewhere: (region: string) =>
      [...states]
        .filter(([alert, seen]) => !alert.endsWith(` ${region}`) && seen.includes('firing'))
        .map(([alert]) => alert),
    /** Returns when it fires; throws where it was not pending before. */
    async fires(alert: string): Promise<void> {
      for (const state of ['pending', 'firing']) {
        const reached = async () => {
          await look();
          return states.get(alert)?.at(-1) === state;
        };
        await until(reached, { withinMs: 180_000, everyMs: 500, what: `${alert} ${state}` });
      }
    },
  };
}

const rounded = (value: number) => value.toFixed(1);
const secondsSince = (start: number) => (performance.now() - start) / 1_000;

test('a region that the lab slows down, and one that ends, alert in Prometheus and VictoriaMetrics; no other does', async (context) => {
  requireTool(context, 'prometheus', 'Debian: prometheus');
  requireTool(context, 'victoria-metrics', 'Debian: victoria-metrics');
  lab = await startTestLab([...LAB, '--rules', rules], 3);
  const prometheus = await lab.prometheusUrl();
  victoria = await startVictoriaMetrics(prometheus, quicker, TIMES_AS_QUICK);
  const watched = [prometheus, victoria.url].map((url) => watchAlerts(createPrometheusClient(url)));
  const started = performance.now();
  /** When it fires, in each, in minutes of the real rules. */
  const minutesTo = (alert: string, start: number) =>
    Promise.all(
      watched.map(async (one) => {
        await one.fires(alert);
        return (secondsSince(start) * TIMES_AS_QUICK) / 60;
      }),
    );
  const slow = 'PglatencyRegionSlow nrt';
  const slowAfter = await minutesTo(slow, started);
  for (const { states, firedElsewhere } of watched) {
    expect(states.get(slow)).toEqual(['pending', 'firing']);
    expect(firedElsewhere('nrt')).toEqual([]);
  }

  await lab.endRegion('iad');
  const ended = performance.now();
  const silent = 'PglatencyRegionSilent iad';
  const minutes = await minutesTo(silent, ended);
  console.log(
    `slow after ${slowAfter.map(rounded).join(' and ')}, silent after ${minutes.map(rounded).join(' and ')} minutes`,
  );
  expect(minutes[0]).toBeLessThanOrEqual(4);
  // At most one evaluation later than Prometheus, whose group of silence has one each minute.
  expect(minutes[1]).toBeLessThanOrEqual((minutes[0] ?? 0) + 1);
  for (const { firedElsewhere } of watched) expect(firedElsewhere('nrt')).toEqual([silent]);
}, 420_000);
