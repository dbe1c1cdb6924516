import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readExported } from '../../alerting/exported.js';
import { loadRules } from '../../alerting/rules.js';
import { selectorsOf } from '../../alerting/selectors.js';
import { allDashboards, toJson } from '../../src/dashboards/dashboards.js';
import { PALETTE, REGION_COLOURS } from '../../src/dashboards/region-colours.js';
import { RECORDED } from '../../src/dashboards/series.js';
import { UIDS } from '../../src/rules/dashboard-uids.js';
import { METRICS, OPERATION_BUCKETS } from '../../src/metrics/names.js';
import { AWS } from '../../src/regions/aws.js';
import { AZURE } from '../../src/regions/azure.js';
import { FLY } from '../../src/regions/fly.js';
import { GOOGLE_CLOUD } from '../../src/regions/google-cloud.js';
import { fillIn, isRow, panelsOf, queriesOf, variablesOf } from '../helpers/walk.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const dashboards = [...allDashboards().values()];
const panels = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard).map((panel) => ({ ...panel, where: `${dashboard.title}: ${panel.title}` })),
);
/** Lines named like their region. */
const byRegion = panels.filter(
  ({ type, targets }) =>
    type === 'timeseries' && JSON.stringify(targets).includes('"legendFormat":"{{region}}"'),
);
/** Panel types that are in Grafana's core in 11, 12 and 13. */
const CORE_PANELS = [
  'bargauge',
  'geomap',
  'heatmap',
  'stat',
  'state-timeline',
  'table',
  'timeseries',
];
const WITHOUT_LEGEND = ['geomap', 'stat', 'table'];

describe('the dashboards', () => {
  it('have the addresses and the tag that links need, and a title of their own', () => {
    expect(dashboards.map(({ uid }) => uid)).toEqual([UIDS.fleet, UIDS.region, UIDS.objectives]);
    expect(new Set(dashboards.map(({ title }) => title)).size).toBe(dashboards.length);
    for (const { tags, id, version, links } of dashboards) {
      expect({ tags, id, version }).toEqual({ tags: ['pglatency'], id: null, version: 1 });
      expect(links).toMatchObject([
        { type: 'dashboards', tags: ['pglatency'], includeVars: true, keepTime: true },
      ]);
    }
  });

  it('have the addresses that the alerts link to', () => {
    const linked = loadRules()
      .flatMap(({ annotations }) => annotations['dashboard_url'] ?? [])
      .map((url) => new URL(url.replace(/\{\{.*?\}\}/g, 'x')).pathname.replace('/d/', ''));
    expect(linked.length).toBeGreaterThan(0);
    expect([...new Set(linked)].filter((uid) => !dashboards.some((d) => d.uid === uid))).toEqual(
      [],
    );
  });

  it('import by hand: no inputs, and no data source but the variable', () => {
    for (const dashboard of dashboards) {
      const json = toJson(dashboard);
      expect(json).not.toContain('__inputs');
      expect(dashboard.templating.list?.[0]).toMatchObject({
        name: 'datasource',
        query: 'prometheus',
      });
      const sources: unknown[] = [];
      JSON.parse(json, (key, value: unknown) => {
        if (key === 'datasource') sources.push(value);
        return value;
      });
      expect(sources.length).toBeGreaterThan(10);
      for (const source of sources) {
        expect(source).toEqual({ type: 'prometheus', uid: '${datasource}' });
      }
    }
  });

  it('let the target and the region be chosen, several regions at once', () => {
    for (const { templating } of dashboards) {
      const named = (name: string) => templating.list?.find((variable) => variable.name === name);
      expect(named('target')).toBeDefined();
      expect(named('region')).toMatchObject({ multi: true, includeAll: true });
    }
  });

  describe.each(byRegion.map((panel) => [panel.where, panel] as const))('%s', (_, panel) => {
    /** As Grafana does: the last override that matches the name. */
    const colourOf = (name: string): unknown => {
      const matching = (panel.fieldConfig?.overrides ?? []).filter(({ matcher }) => {
        const [, pattern] = /^\/(.*)\/$/.exec(String(matcher.options)) ?? [];
        return pattern !== undefined && new RegExp(pattern).test(name);
      });
      const colours = matching.flatMap(({ properties }) =>
        properties.flatMap(({ id, value }) =>
          id === 'color' ? (value as { fixedColor: string }).fixedColor : [],
        ),
      );
      return colours.at(-1);
    };

    it('gives the regions of the default fleet their own colours', () => {
      for (const [code, colour] of Object.entries(REGION_COLOURS)) {
        expect(colourOf(code), code).toBe(colour);
      }
    });

    it('gives forty regions of a provider forty colours', () => {
      for (const [provider, places] of Object.entries({ AWS, FLY, GOOGLE_CLOUD, AZURE })) {
        const colours = places.map(({ code }) => colourOf(code));
        const most = Math.min(places.length, PALETTE.length);
        expect(new Set(colours).size, provider).toBe(most);
        expect(PALETTE).toEqual(expect.arrayContaining(colours));
      }
    });

    it('gives any other name a colour, and names that are numbered different ones', () => {
      const names = Array.from({ length: 8 }, (_one, index) => `site-${index + 1}`);
      const colours = new Set(names.map(colourOf));
      expect(PALETTE).toEqual(expect.arrayContaining([...colours]));
      expect(colours.size).toBe(names.length);
    });
  });

  it('offer only thresholds that the histogram can count', () => {
    const variable = dashboards[2]?.templating.list?.find(({ name }) => name === 'threshold');
    const values = (variable?.options ?? []).map(({ value }) => Number(value));
    expect(values.length).toBeGreaterThan(10);
    expect(values.filter((value) => !OPERATION_BUCKETS.includes(value))).toEqual([]);
  });
});

describe('every panel', () => {
  it.each(panels.map((panel) => [panel.where, panel] as const))('%s', (_, panel) => {
    expect(CORE_PANELS).toContain(panel.type);
    expect(panel.description?.length).toBeGreaterThan(80);
    expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
    expect(panel.fieldConfig?.defaults.noValue).not.toMatch(/0/);
    if (!WITHOUT_LEGEND.includes(panel.type)) {
      expect((panel.options as { legend?: object }).legend).toBeDefined();
    }
    if (panel.type === 'timeseries' || panel.type === 'state-timeline') {
      expect((panel.fieldConfig?.defaults.custom as { spanNulls?: unknown }).spanNulls).toBe(false);
    }
    const refIds = (panel.targets ?? []).map((target) => (target as { refId?: string }).refId);
    expect(refIds.length).toBeGreaterThan(0);
    expect(new Set(refIds).size).toBe(refIds.length);
  });

  it('has an id of its own in its dashboard, rows included', () => {
    for (const { panels: all = [] } of dashboards) {
      const ids = all.map(({ id }) => id);
      expect(ids.every((id) => id !== undefined && id > 0)).toBe(true);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('has no axis of whole seconds, or of whole multiples, for what is less', () => {
    // Without decimals Grafana rounds the ends of an axis, in the base unit.
    const WHOLE = ['Age of the latest run', "The tunnel's last handshake"];
    const rounded = panels.filter(({ type, title = '', fieldConfig }) => {
      const { unit = '', decimals, max } = fieldConfig?.defaults ?? {};
      const isSmall = unit === 's' || unit === 'percentunit';
      return (
        type === 'timeseries' && isSmall && decimals === 0 && max !== 1 && !WHOLE.includes(title)
      );
    });
    expect(rounded.map(({ where }) => where)).toEqual([]);
  });

  it('lies inside the 24 columns, on no other', () => {
    for (const { title, panels: all = [] } of dashboards) {
      const taken = new Map<string, string>();
      for (const panel of all) {
        const { x, y, w, h } = panel.gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
        expect(w * h, panel.title).toBeGreaterThan(0);
        expect(x + w, panel.title).toBeLessThanOrEqual(24);
        for (let column = x; column < x + w; column += 1) {
          for (let row = y; row < y + h; row += 1) {
            const cell = `${column}/${row}`;
            expect(taken.get(cell), `${title}: ${panel.title} lies on another`).toBeUndefined();
            taken.set(cell, panel.title ?? '');
          }
        }
      }
    }
  });

  it('of the region’s dashboard is repeated for each region that is chosen', () => {
    const rows = (dashboards[1]?.panels ?? []).filter(isRow);
    expect(dashboards[1]?.panels?.[0]?.type).toBe('row');
    expect(rows.map(({ repeat }) => repeat)).toEqual(rows.map(() => 'region'));
  });
});

describe('the queries', () => {
  const filled = dashboards.flatMap((dashboard) => {
    const custom = (dashboard.templating.list ?? []).map(({ name }) => [name, 'x'] as const);
    const values = { ...Object.fromEntries(custom), objective: '0.99', __rate_interval: '1m' };
    return [
      ...queriesOf(dashboard).map(({ panel, expr }) => ({ panel, expr: fillIn(expr, values) })),
      ...variablesOf(dashboard).map(({ name, series }) => ({
        panel: `variable ${name}`,
        expr: fillIn(series, values),
      })),
    ];
  });
  const recorded = new Set(loadRules().flatMap(({ record }) => record ?? []));
  const made = new Set([
    'ALERTS',
    'ALERTS_FOR_STATE',
    // What Prometheus 3 makes of a histogram where it converts them.
    ...Object.values(METRICS).flatMap(({ name, type }) => (type === 'histogram' ? [name] : [])),
  ]);

  it('name only what a backend exports or a rule records', async () => {
    const exported = await readExported();
    const unknown = filled.flatMap(({ panel, expr }) =>
      selectorsOf(expr)
        .map(({ name }) => name)
        .filter((name) => !exported.has(name) && !recorded.has(name) && !made.has(name))
        .map((name) => `${panel}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('ask only for values of labels that a backend gives', async () => {
    const exported = await readExported();
    const wrong = filled.flatMap(({ panel, expr }) =>
      selectorsOf(expr).flatMap(({ name, matchers }) =>
        matchers
          .filter(({ label }) => exported.has(name) && exported.get(name)?.has(label) !== true)
          .map(({ label }) => `${panel}: ${name} has no label ${label}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('read a native histogram where there are no buckets, but for the heatmaps', () => {
    const bucketsAlone = filled.filter(({ expr }) => {
      const names = selectorsOf(expr).map(({ name }) => name);
      return names.some(
        (name) => name.endsWith('_bucket') && !names.includes(name.slice(0, -'_bucket'.length)),
      );
    });
    expect(bucketsAlone.map(({ panel }) => panel)).toEqual([
      'Select: every measurement',
      'Insert: every measurement',
      'Ping: every measurement',
      'Connect: every measurement',
    ]);
  });

  it('leave no recorded series of the list unused, and none that is not recorded', () => {
    const used = new Set(filled.flatMap(({ expr }) => selectorsOf(expr).map(({ name }) => name)));
    expect(Object.values(RECORDED).filter((name) => !recorded.has(name))).toEqual([]);
    expect(Object.values(RECORDED).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('npm run dashboards:check', () => {
  const run = (cwd: string, ...args: string[]) =>
    new Promise<{ code: number; stderr: string }>((resolve) => {
      const tsx = join(ROOT, 'node_modules/tsx/dist/cli.mjs');
      execFile(
        process.execPath,
        [tsx, join(cwd, 'src/dashboards/generate.ts'), ...args],
        (error, _stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), stderr }),
      );
    });

  it('finds the committed files to be what the code makes', async () => {
    expect(await run(ROOT, '--check')).toEqual({ code: 0, stderr: '' });
  });

  it('fails on drift and names the file; without --check it is mended', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'pglatency-test-'));
    try {
      cpSync(join(ROOT, 'src'), join(copy, 'src'), { recursive: true });
      cpSync(join(ROOT, 'dashboards'), join(copy, 'dashboards'), { recursive: true });
      cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
      symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
      const file = join(copy, 'dashboards/fleet.json');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('Ranking', 'Renamed'));
      const { code, stderr } = await run(copy, '--check');
      expect(code).toBe(1);
      expect(stderr).toContain('dashboards/fleet.json is not what the code makes');
      expect(await run(copy)).toMatchObject({ code: 0 });
      expect(readFileSync(file, 'utf8')).toBe(text);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
