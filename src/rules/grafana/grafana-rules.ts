import { stringify } from 'yaml';
import type { Rule } from '../parsed-rules.js';
import { panelOf } from './alert-panel.js';

/** The uid of the Prometheus data source in Grafana. */
const DATASOURCE = 'prometheus';

interface Query {
  readonly refId: string;
  readonly expr: string;
}

/** How an expression is written: as it is where a Prometheus evaluates the recording rules. */
export type Inline = (expr: string) => string;

/**
 * The alerts among the rules, as a file of Grafana's provisioning.
 *
 * @param header comment lines
 */
export function grafanaRules(
  rules: readonly Rule[],
  header: string,
  inline: Inline = (expr) => expr,
): string {
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
  return header + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

function grafanaRule(rule: Rule, inline: Inline) {
  const queries: Query[] = [{ refId: 'A', expr: inline(rule.expr) }];
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
