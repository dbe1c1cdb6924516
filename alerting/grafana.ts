import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { panelOf } from './alert-panel.js';
import { inlineRecorded } from './inline.js';
import { loadRules, type Rule } from './rules.js';

/**
 * `npm run alerts:grafana`: the alerts as Grafana-managed rules, from prometheus/rules/. With
 * `--check` it writes nothing, and fails when a committed file is not what it would write.
 */
const FOLDER = fileURLToPath(new URL('../dashboards/alerting/', import.meta.url));
const HEADER = `# Generated from prometheus/rules/ by \`npm run alerts:grafana\`: do not edit. docs/alerts.md says when
# to use it.`;

/** The file of each kind of server: whether it evaluates recording rules decides how an expression is written. */
const FORMS = {
  prometheus: {
    file: 'pglatency-rules.yml',
    about: ' For a Prometheus that evaluates the recording rules of prometheus/rules/.\n',
  },
  victoriametrics: {
    file: 'victoriametrics/pglatency-rules.yml',
    about: ` Every expression stands alone, because nothing evaluates recording rules there; WITH is
# MetricsQL, which Fly.io's managed Prometheus (VictoriaMetrics) reads.
`,
  },
} as const;
export type Form = keyof typeof FORMS;

/** The uid of the Prometheus data source in Grafana. */
const DATASOURCE = 'prometheus';

/** VictoriaMetrics' default limit (-search.maxQueryLen), in bytes. */
const LONGEST_QUERY = 16_384;

interface Query {
  readonly refId: string;
  readonly expr: string;
}

/** The file's text. */
export function grafanaRules(rules: readonly Rule[], form: Form): string {
  const inline: Inline = (expr) =>
    form === 'prometheus' ? expr : inlineRecorded(expr, rules, 'templates');
  const groups = [...new Set(rules.filter(({ alert }) => alert).map(({ group }) => group))];
  const file = {
    apiVersion: 1,
    groups: groups.map((name) => ({
      orgId: 1,
      name,
      folder: 'pglatency',
      interval: '1m',
      rules: rules
        .filter(({ group, alert }) => group === name && alert)
        .map((rule) => grafanaRule(rule, inline)),
    })),
  };
  return (
    HEADER + FORMS[form].about + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false })
  );
}

type Inline = (expr: string) => string;

function grafanaRule(rule: Rule, inline: Inline) {
  const queries: Query[] = [{ refId: 'A', expr: inline(rule.expr) }];
  const length = queries[0]?.expr.length ?? 0;
  if (length > LONGEST_QUERY)
    throw new Error(`${rule.alert ?? ''} is ${length} characters long, at most ${LONGEST_QUERY}`);
  const annotations = Object.fromEntries(
    Object.entries(rule.annotations).map(([name, text]) => [
      name,
      translate(text, queries, inline),
    ]),
  );
  const { dashboardUid, panelId } = panelOf(rule.alert ?? '');
  return {
    uid: (rule.alert ?? '').toLowerCase(),
    title: rule.alert,
    condition: 'B',
    data: [
      ...queries.map(({ refId, expr }) => ({
        refId,
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: DATASOURCE,
        model: {
          refId,
          expr,
          instant: true,
          range: false,
          intervalMs: 15_000,
          maxDataPoints: 43_200,
        },
      })),
      {
        refId: 'B',
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: '__expr__',
        // The expression returns only what is wrong: whatever it returns, with any value, fires.
        model: { refId: 'B', type: 'math', expression: 'is_number($A)' },
      },
    ],
    noDataState: 'OK',
    execErrState: 'Error',
    for: `${rule.forSeconds}s`,
    dashboardUid,
    panelId,
    labels: rule.labels,
    // Grafana draws the alert on the panel that these two name.
    annotations: {
      ...annotations,
      __dashboardUid__: dashboardUid,
      __panelId__: String(panelId),
    },
    isPaused: false,
  };
}

/** A value, and the words that stand with it only where there is one. */
const VALUE_QUERY =
  /\{\{ with (?:printf )?`([^`]+)`([^|}]*)\| query \}\}([^{}]*)\{\{ \. \| first \| value( \| (?:\w+|printf "[^"]+"))? \}\}([^{}]*)(?:\{\{ else \}\}\w+)?\{\{ end \}\}/g;
const LABEL_QUERY =
  /\{\{ with (?:printf )?`[^`]+`[^|}]*\| query \}\}[^{}]*\{\{ \. \| first \| label "(\w+)" \}\}[^{}]*\{\{ end \}\}/g;
/** A list of values, each with its label. */
const RANGE_QUERY =
  /\{\{ range [^`]*`[^`]+`[^|}]*\| query \}\}.*?\.Labels\.(\w+) \}\}.*?\{\{ else \}\}[\w ]+\{\{ end \}\}/g;
const COUNT_QUERY =
  /\{\{ with query `([^`]+)` \}\}\{\{ \. \| first \| value \}\}(?:\{\{ else \}\}\w+)?\{\{ end \}\}/g;

/** Prometheus's templates in Grafana's words: a query inside a text becomes a query of the rule. */
function translate(text: string, queries: Query[], inline: Inline): string {
  const value = (expr: string, format: string, before = '', after = '') => {
    const known = queries.find((query) => query.expr === expr);
    const refId = known?.refId ?? `V${queries.length}`;
    if (!known) queries.push({ refId, expr });
    return `{{ with $values.${refId} }}${before}{{ .Value${format} }}${after}{{ end }}`;
  };
  return text
    .replaceAll('$value', '$values.A.Value')
    .replace(
      VALUE_QUERY,
      (_, query: string, args: string, before: string, format: string | undefined, after: string) =>
        value(inline(byLabels(query, args)), format ?? '', before, after),
    )
    .replace(COUNT_QUERY, (_, query: string) => value(inline(query), ''))
    .replace(RANGE_QUERY, 'the dashboard shows it, by $1')
    .replace(LABEL_QUERY, ' The dashboard shows the $1.');
}

/** A series of one region becomes the series of all, by the labels that the alert has too. */
function byLabels(query: string, args: string): string {
  const labels = [...args.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
  const selector = query
    .replace(/,?\w+="%s"/g, '')
    .replace('{,', '{')
    .replace('{}', '');
  return `max by (${labels.join(', ')}) (${selector})`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const form of ['prometheus', 'victoriametrics'] as const) {
    const { file } = FORMS[form];
    const text = grafanaRules(loadRules(), form);
    if (!process.argv.includes('--check')) writeFileSync(join(FOLDER, file), text);
    else if (readFileSync(join(FOLDER, file), 'utf8') !== text) {
      console.error(
        `dashboards/alerting/${file} is not what prometheus/rules/ says: npm run alerts:grafana`,
      );
      process.exitCode = 1;
    }
  }
}
