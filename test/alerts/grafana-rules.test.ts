import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { grafanaRules } from '../../alerting/grafana.js';
import { loadRules, PROMETHEUS_DIR } from '../../alerting/rules.js';
import { runTool } from '../../alerting/tool.js';
import { allDashboards } from '../../src/dashboards/dashboards.js';
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
    expect(committed).toBe(grafanaRules(loadRules(), form));
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
  const { groups } = parse(grafanaRules(loadRules(), 'prometheus')) as GrafanaFile;
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
  const { groups } = parse(grafanaRules(loadRules(), 'prometheus')) as GrafanaFile;
  const rules = groups.flatMap((group) =>
    group.rules.flatMap(({ title, data }) =>
      data.flatMap(({ refId, model: { expr } }) =>
        expr === undefined ? [] : { record: `read:${title}:${refId}`, expr },
      ),
    ),
  );
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-grafana-'));
  try {
    const file = join(folder, 'rules.yml');
    const check = () => runTool('promtool', ['check', 'rules', file]);
    writeFileSync(file, stringify({ groups: [{ name: 'read', rules }] }));
    expect(await check()).toMatchObject({ ok: true });
    const wrong = { record: 'read:wrong', expr: 'WITH (a = up) a' };
    writeFileSync(file, stringify({ groups: [{ name: 'read', rules: [...rules, wrong] }] }));
    expect(await check()).toMatchObject({ ok: false });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

interface GrafanaFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly title: string;
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
