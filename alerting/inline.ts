import { EACH_HALF_HOUR } from '../src/rules/floor.js';
import { RESTING } from '../src/rules/medians.js';
import { parseDuration, RECORDED_NAME, type Rule } from './rules.js';
import { selectorsOf } from './selectors.js';

/**
 * Writes recorded series out: where nothing evaluates recording rules (Fly.io's managed Prometheus),
 * an alert's expression has to stand alone. A range of a recorded series becomes a subquery at its
 * group's interval; matchers move down to the exported series.
 *
 * - `templates`: each recorded series once, in MetricsQL's `WITH`, for VictoriaMetrics, which takes
 *   16 KiB at most;
 * - `flat`: plain PromQL, many times as long.
 *
 * @throws when a matcher cannot be moved down
 */
export function inlineRecorded(
  expr: string,
  rules: readonly Rule[],
  form: 'templates' | 'flat',
): string {
  const definitions = new Map<string, { id: string; text: string }>();

  function expand(text: string, inherited: readonly string[]): string {
    return push(squeeze(text).replace(LATEST, '$1'), inherited).replace(
      RECORDED,
      (_, name: string, matchers?: string, range?: string, offset?: string) => {
        const own = matchers?.slice(1, -1).split(/, ?/) ?? [];
        return over(define(name, [...new Set([...own, ...inherited])]), name, range, offset);
      },
    );
  }

  function define(name: string, matchers: readonly string[]): string {
    const key = `${name}{${[...matchers].sort().join(',')}}`;
    const known = definitions.get(key);
    if (known) return form === 'flat' ? `(${known.text})` : known.id;
    const text = rulesFor(name, rules)
      .map((rule) => withLabels(rule, expand(shortened(rule.expr), matchers)))
      .join(' or ');
    const same = [...definitions.values()].find((definition) => definition.text === text);
    const id =
      same?.id ??
      `${name
        .split(':')
        .slice(1)
        .join('_')
        .replace(/pglatency_(operation_seconds_)?/, '')}_${definitions.size}`;
    definitions.set(key, { id, text });
    return form === 'flat' ? `(${text})` : id;
  }

  function over(inner: string, name: string, range?: string, offset?: string): string {
    if (!range) return inner;
    const length = range.slice(1, -1);
    const seconds = parseDuration(length);
    if (seconds > LONGEST_MEMORY_SECONDS && restsOnBaselines(name, rules)) return `${inner}[1m:1m]`;
    return `${inner}[${length}:${stepSeconds(name, rules)}s]${offset ?? ''}`;
  }

  const body = expand(expr, []);
  if (form === 'flat' || definitions.size === 0) return body;
  const unique = new Map([...definitions.values()].map(({ id, text }) => [id, text]));
  const written = [...unique].map(([id, text]) => `  ${id} = ${text}`).join(',\n');
  return `WITH (\n${written}\n)\n${body}`;
}

/** A recorded name, its matchers, its range and its offset. */
const RECORDED = new RegExp(
  `(${RECORDED_NAME.source})(\\{[^}]*\\})?(\\[\\w+\\])?( offset \\w+)?`,
  'g',
);
/** Readers of a slow group's series take its latest value so; inlined, it is always the latest. */
const LATEST = new RegExp(
  `last_over_time\\((${RECORDED_NAME.source}(?:\\{[^}]*\\})?)\\[15m\\]\\)`,
  'g',
);

/**
 * Longer memories of what rests on baselines are not kept: each of their minutes would be a query of
 * a week. The hysteresis of the slow rule is the one such memory.
 */
const LONGEST_MEMORY_SECONDS = 3_600;
const HALF_HOUR_SECONDS = 1_800;

function restsOnBaselines(name: string, rules: readonly Rule[]): boolean {
  if (name.endsWith(':baseline')) return true;
  return rulesFor(name, rules).some(({ expr }) =>
    [...expr.matchAll(RECORDED)].some(([, read = '']) => restsOnBaselines(read, rules)),
  );
}

/** How far apart the samples of a recorded series are. */
function stepSeconds(name: string, rules: readonly Rule[]): number {
  const [rule] = rulesFor(name, rules);
  if (rule?.expr.includes(EACH_HALF_HOUR)) return HALF_HOUR_SECONDS;
  return rule?.intervalSeconds ?? 60;
}

/** What is left out, to be short: few samples of a week, and the rests of an uneven schedule. */
const shortened = (expr: string) => expr.replace(EACH_HALF_HOUR, '').replaceAll(RESTING, '');

function rulesFor(name: string, rules: readonly Rule[]): Rule[] {
  const own = rules.filter(({ record }) => record === name);
  if (own.length === 0) throw new Error(`no rule records ${name}`);
  return own;
}

function withLabels(rule: Rule, expr: string): string {
  return Object.entries(rule.labels).reduce(
    (inner, [label, value]) => `label_replace(${inner}, "${label}", "${value}", "", "")`,
    expr,
  );
}

/** Adds matchers to every exported series of an expression. */
function push(expr: string, matchers: readonly string[]): string {
  if (matchers.length === 0) return expr;
  const added = matchers.join(', ');
  if (added.includes('operation=') && /ignoring \(operation\)/.test(expr)) {
    throw new Error(`{${added}} cannot be moved into an expression that joins operations`);
  }
  const exported = new Set(
    selectorsOf(expr).flatMap(({ name }) => (name.includes(':') ? [] : name)),
  );
  return [...exported].reduce(
    (text, name) =>
      text.replace(new RegExp(`\\b${name}\\b(?:\\{([^}]*)\\})?`, 'g'), (_, own?: string) =>
        own ? `${name}{${own}, ${added}}` : `${name}{${added}}`,
      ),
    expr,
  );
}

function squeeze(expr: string): string {
  return expr.replace(/\s+/g, ' ').trim();
}
