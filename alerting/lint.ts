import { METRICS } from '../src/metrics/names.js';
import type { Exported } from './exported.js';
import type { Rule } from './rules.js';
import { labelsGroupedBy, labelsMade, selectorsOf, templateQueries } from './selectors.js';

/** Labels whose values are a closed list, so that a misspelt one can be found. */
const CLOSED = new Set(['operation', 'outcome', 'statistic', 'reason', 'trigger', 'phase']);

/**
 * What is gone where Prometheus 3 converts histograms (`convert_classic_histograms_to_nhcb`): with it an alert would
 * never fire, and nobody would know.
 */
const PARTS = new Set(
  Object.values(METRICS)
    .filter(({ type }) => type === 'histogram')
    .flatMap(({ name }) => ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`)),
);
/** Of the dashboards alone. */
const MAY_READ_PARTS = 'objective.yml';

/** What is wrong with the rules, in sentences; empty when nothing is. */
export function lintRules(rules: readonly Rule[], exported: Exported, runbook: string): string[] {
  const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
  return rules.flatMap((rule) => [
    ...[rule.expr, ...Object.values(rule.annotations).flatMap(templateQueries)].flatMap((expr) =>
      lintExpression(expr, exported, recorded).map((problem) => `${where(rule)}: ${problem}`),
    ),
    ...(rule.file === MAY_READ_PARTS ? [] : partsIn(rule.expr)).map(
      (part) => `${where(rule)}: ${part} is a part of a histogram, which may be a native one`,
    ),
    ...(rule.alert ? lintAlert(rule, runbook).map((problem) => `${where(rule)}: ${problem}`) : []),
  ]);
}

function where(rule: Rule): string {
  return `${rule.file}, ${rule.alert ?? rule.record ?? ''}`;
}

function lintExpression(expr: string, exported: Exported, recorded: ReadonlySet<string>): string[] {
  const known = new Set([...exported.values()].flatMap((labels) => [...labels.keys()]));
  const made = new Set(labelsMade(expr));
  return [
    ...selectorsOf(expr).flatMap(({ name, matchers }) => {
      if (recorded.has(name)) return [];
      const labels = exported.get(name);
      if (labels === undefined) {
        return [`${name} is neither exported by a backend nor recorded by a rule`];
      }
      return matchers.flatMap(({ label, operator, value }) =>
        lintMatcher(name, labels, label, operator, value),
      );
    }),
    ...labelsGroupedBy(expr)
      .filter((label) => !known.has(label) && !made.has(label))
      .map((label) => `no exported series has the label ${label}`),
  ];
}

function partsIn(expr: string): string[] {
  return selectorsOf(expr).flatMap(({ name }) => (PARTS.has(name) ? [name] : []));
}

function lintMatcher(
  name: string,
  labels: ReadonlyMap<string, ReadonlySet<string>>,
  label: string,
  operator: string,
  value: string,
): string[] {
  const values = labels.get(label);
  if (values === undefined) return [`${name} has no label ${label}`];
  const literal = operator === '=' || operator === '!=';
  if (literal && value !== '' && CLOSED.has(label) && !values.has(value)) {
    return [`${name} has no ${label} "${value}" (it has ${[...values].join(', ')})`];
  }
  return [];
}

function lintAlert(rule: Rule, runbook: string): string[] {
  const problems: string[] = [];
  const severity = rule.labels['severity'] ?? '';
  if (!['page', 'ticket', 'none'].includes(severity)) {
    problems.push(`severity is "${severity}" (page, ticket or none)`);
  }
  if (rule.forSeconds === 0 && severity !== 'none') problems.push('has no `for`');
  for (const name of ['summary', 'description', 'runbook_url', 'dashboard_url']) {
    if (!rule.annotations[name]) problems.push(`has no annotation ${name}`);
  }
  const anchor = rule.annotations['runbook_url']?.split('#')[1] ?? '';
  if (anchor !== rule.alert?.toLowerCase()) problems.push(`links to "#${anchor}" of the runbook`);
  if (!runbook.includes(`\n### ${rule.alert ?? ''}\n`)) problems.push('is not in docs/runbook.md');
  return problems;
}
