import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { grafanaFile } from '../../alerting/grafana.js';
import { loadRules, PROMETHEUS_DIR } from '../../alerting/rules.js';
import { runTool } from '../../alerting/tool.js';
import { loadFleet } from '../../src/commands/rendered-files.js';
import { allDashboards } from '../../src/dashboards/dashboards.js';
import { renderFleet } from '../../src/fleet/render-fleet.js';
import { parseRules } from '../../src/rules/parsed-rules.js';
import { requireTool } from '../helpers/tools.js';
import { panelsOf } from '../helpers/walk.js';

const GRAFANA_FILES = [
  ['prometheus', 'pglatency-rules.yml'],
  ['victoriametrics', 'victoriametrics/pglatency-rules.yml'],
] as const;

test.each(GRAFANA_FILES)(
  'the Grafana-managed rules for %s are those of the rule files',
  (form, path) => {
    const file = join(PROMETHEUS_DIR, '../dashboards/alerting', path);
    const committed = readFileSync(file, 'utf8');
    expect(committed).toBe(grafanaFile(loadRules(), form));
    const titles = [...committed.matchAll(/title: (\w+)/g)].map(([, title]) => title);
    expect(titles.sort()).toEqual(
      loadRules()
        .flatMap(({ alert: name }) => name ?? [])
        .sort(),
    );
    // A template of Prometheus that Grafana does not have, or a recorded series that nothing makes.
    expect(committed).not.toMatch(/\| query|\$value\b/);
    if (form === 'victoriametrics') expect(committed).not.toMatch(/region_operation:/);
  },
);

test('the Grafana-managed rules mark a panel that is there', () => {
  const panels = new Set(
    [...allDashboards().values()].flatMap((dashboard) =>
      panelsOf(dashboard).map(({ id }) => `${dashboard.uid ?? ''} ${id ?? 0}`),
    ),
  );
  const { groups } = parse(grafanaFile(loadRules(), 'prometheus')) as GrafanaFile;
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(20);
  for (const { title, dashboardUid, panelId, annotations } of rules) {
    expect(panels, title).toContain(`${dashboardUid} ${panelId}`);
    expect(annotations, title).toMatchObject({
      __dashboardUid__: dashboardUid,
      __panelId__: String(panelId),
    });
  }
});

test('a plain Prometheus reads every expression of the Grafana-managed rules', async (context) => {
  requireTool(context, 'promtool', 'Debian: prometheus');
  const file = grafanaFile(loadRules(), 'prometheus');
  expect(await isRead(file)).toMatchObject({ ok: true });
  expect(await isRead(file, 'WITH (a = up) a')).toMatchObject({ ok: false });
});

test('fleet render writes the Grafana-managed rules of its own alerts, and Prometheus reads them', async (context) => {
  requireTool(context, 'promtool', 'Debian: prometheus');
  const example = join(PROMETHEUS_DIR, '../docs/pglatency.example.yaml');
  const files = renderFleet(loadFleet(example), { keys: null });
  const alerts = [...files].flatMap(([path, text]) =>
    path.startsWith('prometheus/rules/') ? parseRules(path, text).filter(({ alert }) => alert) : [],
  );
  const text = files.get('grafana-alerting/pglatency-rules.yml') ?? '';
  const own = (parse(text) as GrafanaFile).groups.flatMap((group) => group.rules);
  const seen = own.map(({ title, for: wait, data }) => [title, wait, data[0]?.model.expr]);
  expect(seen).toEqual(alerts.map((it) => [it.alert, `${it.forSeconds}s`, it.expr]));
  expect(seen.length).toBeGreaterThan(20);
  // Not those of the default fleet: the links are the file's own.
  expect(own[0]?.annotations['runbook_url']).toMatch(
    /^https:\/\/runbooks\.example\.com\/pglatency#/,
  );
  expect(await isRead(text)).toMatchObject({ ok: true });
}, 60_000);

/** Whether Prometheus takes every expression of a file, and one more. */
async function isRead(text: string, more?: string) {
  const { groups } = parse(text) as GrafanaFile;
  const rules = groups.flatMap((group) =>
    group.rules.flatMap(({ title, data }) =>
      data.flatMap(({ refId, model: { expr } }) =>
        expr === undefined ? [] : { record: `read:${title}:${refId}`, expr },
      ),
    ),
  );
  if (more !== undefined) rules.push({ record: 'read:more', expr: more });
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-grafana-'));
  try {
    const file = join(folder, 'rules.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'read', rules }] }));
    return await runTool('promtool', ['check', 'rules', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface GrafanaFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly title: string;
      readonly for: string;
      readonly dashboardUid: string;
      readonly panelId: number;
      readonly annotations: Readonly<Record<string, string>>;
      readonly data: readonly {
        readonly refId: string;
        readonly model: { readonly expr?: string };
      }[];
    }[];
  }[];
}
