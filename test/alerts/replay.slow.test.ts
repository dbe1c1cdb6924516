import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openMetricsFile } from '../../src/replay/open-metrics.js';
import {
  importOpenMetrics,
  startPrometheus,
  type Prometheus,
} from '../../src/replay/prometheus.js';
import { backendSeries } from '../../src/rules/unit-tests/backend-series.js';
import type { RulesFleet } from '../../src/rules/fleet.js';
import { runCli } from '../helpers/cli.js';
import { findTool, requireTool } from '../helpers/tools.js';

const ORIGIN = Date.UTC(2026, 10, 2) / 1_000;
const HOURS = 2;
const SCRAPE = 15;
/** One region takes 2.5 times as long from 01:00:00.5 on. */
const SLOW = { slow: { at: 3_600.5, factor: 2.5 } };
const REGIONS = ['ams', 'gru', 'nrt'];

const FLEET: RulesFleet = {
  fleet: 'shop',
  runSeconds: 60,
  iterations: 10,
  scrapeSeconds: SCRAPE,
  evaluationSeconds: null,
  regions: REGIONS.map((region) => ({ region, selectSeconds: 0.1, targets: {} })),
  targets: [],
  links: { grafana: 'https://grafana.example.com', runbook: 'https://runbooks.example.com' },
};

/** The values that promtool's notation stands for; null: none. */
function valuesOf(notation: string): (number | null)[] {
  return notation.split(' ').flatMap((part) => {
    const [, first = '', step = '0', times = '0'] =
      /^(_|-?[\d.]+)([+-][\d.]+)?(?:x(\d+))?$/.exec(part) ?? [];
    if (first === '_') return Array<null>(Math.max(1, Number(times))).fill(null);
    return Array.from({ length: Number(times) + 1 }, (_, i) => Number(first) + i * Number(step));
  });
}

describe('the history of two hours, in a Prometheus', () => {
  let folder: string;
  let server: Prometheus;
  beforeAll(async () => {
    if (findTool('prometheus') === null) return;
    folder = mkdtempSync(join(tmpdir(), 'pglatency-replayed-'));
    const path = join(folder, 'history.om');
    const file = openMetricsFile(path);
    for (const region of REGIONS) {
      const story = region === 'nrt' ? SLOW : {};
      for (const { series, values } of backendSeries(FLEET, region, HOURS * 3_600, story)) {
        const name = series.replaceAll(', ', ',');
        // A unit test begins at 0.
        const since = /_timestamp_seconds|_start_time_seconds/.test(name) ? ORIGIN : 0;
        const lines = valuesOf(values).map((value, i) =>
          value === null ? '' : `${name} ${since + value} ${ORIGIN + i * SCRAPE}\n`,
        );
        await file.write(lines.join(''));
      }
    }
    await file.close();
    await importOpenMetrics(path, folder);
    server = await startPrometheus(folder);
    const regions = Object.fromEntries(
      REGIONS.map((region) => [region, { expect: { select_ms: 100 } }]),
    );
    const database = { host: 'db.example.com', user: 'monitor', database: 'shop' };
    const targets = { primary: { ...database, password_env: 'SECRET' } };
    for (const [name, fleet] of Object.entries({ fleet: 'shop', other: 'other' })) {
      writeFileSync(join(folder, `${name}.yaml`), JSON.stringify({ fleet, regions, targets }));
    }
  }, 60_000);
  afterAll(async () => {
    await (server as Prometheus | undefined)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach((context) => {
    requireTool(context, 'prometheus', 'Debian: prometheus');
    requireTool(context, 'promtool', 'Debian: prometheus');
  });

  const replay = (args: readonly string[], { file = 'fleet.yaml', url = server.url } = {}) =>
    runCli([
      ...['alerts', 'replay', '--prometheus', url, '--file', join(folder, file)],
      ...['--from', '2026-11-02', '--to', '2026-11-02T02:00Z', ...args],
    ]);

  test('names the alert, the region and the minute, and the limit that would not have fired', async () => {
    const { code, stdout } = await replay(['--json', '--alarms-a-week', '0']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as {
      alerts: { alert: string; labels: Record<string, string>; from: string; goes_on: boolean }[];
      thresholds: { alert: string; limit: number; enough: number | null }[];
    };
    const paged = report.alerts.filter(({ alert }) => alert === 'PglatencyRegionSurged');
    expect(paged).toMatchObject([
      { labels: { fleet: 'shop', region: 'nrt', target: 'primary' }, goes_on: true },
    ]);
    // The first slow run ends at 01:00:45; two minutes of them, and one more.
    const after = (Date.parse(paged[0]?.from ?? '') / 1_000 - ORIGIN - 3_645) / 60;
    expect(after).toBeGreaterThanOrEqual(2);
    expect(after).toBeLessThanOrEqual(4);
    // Nothing of the two healthy regions.
    expect(new Set(report.alerts.map(({ labels }) => labels.region))).toEqual(new Set(['nrt']));
    const surged = report.thresholds.find(({ alert }) => alert === 'PglatencyRegionSurged');
    // 2.5 times the usual is 2.08 times what a first day expects at most.
    expect(surged).toMatchObject({ limit: 1.7, enough: 2.5 });
  }, 240_000);

  test('prints a table of Markdown, in which the hour before the regression is quiet', async () => {
    const late = await replay(['--markdown']);
    expect(late.code).toBe(0);
    expect(late.stdout).toMatch(
      /\| 2026-11-02 01:0\d \| .* \| page \| PglatencyRegionSurged \| nrt to primary \|/,
    );
    expect(late.stdout).toContain('## How often');
  }, 240_000);

  test('says that there is no history of another fleet, or no Prometheus', async () => {
    const none = await replay([], { file: 'other.yaml' });
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toContain('has no history of the fleet other');
    const dead = await replay([], { url: 'http://u:secret@127.0.0.1:9' });
    expect(dead.code).toBe(1);
    expect(dead.stderr).toContain('no Prometheus answers at http://127.0.0.1:9');
    expect(dead.stderr).not.toContain('secret');
  }, 60_000);
});

test('wrong times and a missing Prometheus are said before anything is asked', async () => {
  const from = (time: string, env = {}) =>
    runCli(['alerts', 'replay', '--prometheus', 'http://127.0.0.1:9', '--from', time], env);
  const wrong = await from('yesterday');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('Expected a day (2026-11-01)');
  const missing = await from('2026-11-01', { PATH: '/nowhere' });
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain('prometheus is not on the PATH');
});
