import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { MIXIN, mixinRules } from '../../alerting/mixin.js';
import { loadRules, PROMETHEUS_DIR } from '../../alerting/rules.js';
import { requireTool } from '../helpers/tools.js';

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly Readonly<Record<string, unknown>>[];
  }[];
}

interface Mixin {
  readonly dashboards: Readonly<
    Record<string, { readonly uid: string; readonly tags: readonly string[] }>
  >;
  readonly alerts: Rules;
  readonly rules: Rules;
}

/** The mixin as jsonnet evaluates it, with a configuration over its own. */
function evaluate(config: Readonly<Record<string, unknown>> = {}): Mixin {
  const program = `local mixin = (import 'mixin.libsonnet') + { _config+:: ${JSON.stringify(config)} };
{ dashboards: mixin.grafanaDashboards, alerts: mixin.prometheusAlerts, rules: mixin.prometheusRules }`;
  const text = execFileSync('jsonnet', ['--jpath', MIXIN, '--exec', program], {
    encoding: 'utf8',
    maxBuffer: 64e6,
  });
  return JSON.parse(text) as Mixin;
}

const SOURCE = 'Debian: jsonnet';

test('the rules of the mixin are those of the rule files', () => {
  expect(readFileSync(join(MIXIN, 'rules.json'), 'utf8')).toBe(mixinRules());
  const folder = join(PROMETHEUS_DIR, 'rules');
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const inFiles = files.flatMap((text) => (parse(text) as Rules).groups);
  const groups = (JSON.parse(mixinRules()) as Rules).groups;
  const byName = (all: Rules['groups']) => Object.fromEntries(all.map((one) => [one.name, one]));
  expect(byName(groups)).toEqual(byName(inFiles));
});

test('the mixin has every dashboard and every rule once', (context) => {
  requireTool(context, 'jsonnet', SOURCE);
  const { dashboards, alerts, rules } = evaluate();
  for (const [file, dashboard] of Object.entries(dashboards)) {
    const path = join(MIXIN, '../dashboards', file);
    expect(dashboard).toEqual(JSON.parse(readFileSync(path, 'utf8')));
  }
  expect(Object.keys(dashboards).sort()).toEqual(['fleet.json', 'objectives.json', 'region.json']);
  const named = (all: Rules, kind: string) =>
    all.groups.flatMap((group) => group.rules.map((rule) => String(rule[kind]))).sort();
  const wanted = (kind: 'alert' | 'record') => loadRules().flatMap((rule) => rule[kind] ?? []);
  expect(named(alerts, 'alert')).toEqual(wanted('alert').sort());
  expect(named(rules, 'record')).toEqual(wanted('record').sort());
});

test('the addresses and the tags are those of the configuration', (context) => {
  requireTool(context, 'jsonnet', SOURCE);
  const { dashboards, alerts } = evaluate({
    grafanaUrl: 'https://grafana.test',
    runbookUrl: 'https://wiki.test/db',
    dashboardTags: ['databases'],
  });
  expect(dashboards['fleet.json']?.tags).toEqual(['pglatency', 'databases']);
  const text = JSON.stringify({ dashboards, alerts });
  expect(text).not.toContain('grafana.example.com');
  expect(text).not.toContain('runbooks.example.com');
  expect(text).toContain('https://wiki.test/db#pglatencyregionslow');
  expect(text).toContain('https://grafana.test/d/pglatency-region?');
});
