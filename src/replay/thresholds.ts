import { LIMITS } from '../rules/limits.js';
import type { Firing } from './firing.js';
import { RECORDED_NAME, recordedNames, type Rule } from '../rules/parsed-rules.js';

/** An alert whose limit is a matter of taste, and the rule in which the limit stands. */
interface Tunable {
  readonly alert: string;
  readonly limit: number;
  /** A recorded series; default: the alert itself. */
  readonly record?: string;
  /** Other limits in the same rule, which move by as much of their excess over 1. */
  readonly along?: readonly number[];
  readonly candidates: readonly number[];
}

const RATIOS = [1.1, 1.12, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.7, 2, 2.5, 3];
const SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];

const TUNABLES: readonly Tunable[] = [
  { alert: 'PglatencyRegionSurged', limit: LIMITS.surged, candidates: RATIOS },
  { alert: 'PglatencyRegionSlow', limit: LIMITS.slow, candidates: RATIOS },
  {
    alert: 'PglatencyRegionShifted',
    limit: LIMITS.shifted,
    record: 'region_operation:pglatency_shift:bool',
    along: [LIMITS.step, LIMITS.stepSinceHour, LIMITS.drift],
    candidates: RATIOS,
  },
  {
    alert: 'PglatencyRegionFailing',
    limit: LIMITS.failing,
    record: 'region:pglatency_failing:bool',
    candidates: SHARES,
  },
  { alert: 'PglatencyRegionErrors', limit: LIMITS.errors, candidates: SHARES },
  { alert: 'PglatencyConnectFailing', limit: LIMITS.connectFailing, candidates: SHARES },
];

/** How often an alert would have fired with another limit. */
export interface Trial {
  readonly limit: number;
  readonly alerts: number;
}

export interface Threshold {
  readonly alert: string;
  /** As the rules have it. */
  readonly limit: number;
  readonly trials: readonly Trial[];
}

const separator = '@';
const named = (name: string, limit: number) => `${name}${separator}${limit}`;

/** The rules of each candidate, beside those that are there: what differs is recorded under a name of its own. */
export function rulesOfCandidates(rules: readonly Rule[]): Rule[] {
  return TUNABLES.flatMap((tunable) => {
    const alert = rules.find((rule) => rule.alert === tunable.alert);
    if (alert === undefined) return [];
    return tunable.candidates.flatMap((limit) => withLimit(rules, alert, tunable, limit));
  });
}

function withLimit(
  rules: readonly Rule[],
  alert: Rule,
  { record, limit: present, along = [] }: Tunable,
  limit: number,
): Rule[] {
  const suffix = `_limit_${String(limit).replace('.', '_')}`;
  const carriers = record === undefined ? [alert] : rules.filter((rule) => rule.record === record);
  const chain = record === undefined ? [alert] : [...between(rules, alert, record), alert];
  const renamed = new Set(chain.flatMap((rule) => rule.record ?? []));
  return chain.map((rule) => {
    const own = carriers.includes(rule) ? withLimits(rule.expr, present, limit, along) : rule.expr;
    return {
      ...rule,
      expr: own.replace(RECORDED_NAME, (name) => (renamed.has(name) ? `${name}${suffix}` : name)),
      record: rule.record === null ? null : `${rule.record}${suffix}`,
      alert: rule.alert === null ? null : named(rule.alert, limit),
    };
  });
}

/** What the alert reads, directly or not, that reads the recorded series; with that itself. */
function between(rules: readonly Rule[], alert: Rule, record: string): Rule[] {
  const reads = (rule: Rule): boolean =>
    rule.record === record ||
    [...recordedNames(rule.expr)].some((name) =>
      rules.some((other) => other.record === name && other !== rule && reads(other)),
    );
  const found = new Set<Rule>();
  const add = (rule: Rule) => {
    for (const name of recordedNames(rule.expr)) {
      for (const other of rules) {
        if (other.record !== name || found.has(other) || !reads(other)) continue;
        found.add(other);
        add(other);
      }
    }
  };
  add(alert);
  return [...found];
}

/** @throws where no comparison with one of these numbers stands in the expression */
function withLimits(
  expr: string,
  present: number,
  limit: number,
  along: readonly number[],
): string {
  const moved = (number: number) =>
    number === present ? limit : 1 + ((number - 1) * (limit - 1)) / (present - 1);
  const found = new Set<number>();
  const changed = expr.replace(
    /(> (?:bool )?)([\d.]+)/g,
    (whole, comparison: string, text: string) => {
      const number = Number(text);
      if (number !== present && !along.includes(number)) return whole;
      found.add(number);
      return `${comparison}${Number(moved(number).toFixed(4))}`;
    },
  );
  const missing = [present, ...along].find((number) => !found.has(number));
  if (missing !== undefined) throw new Error(`no limit ${missing} in: ${expr}`);
  return changed;
}

/** What the candidates' rules fired, counted; of those alerts alone that were tried. */
export function thresholdsOf(rules: readonly Rule[], fired: readonly Firing[]): Threshold[] {
  return TUNABLES.filter(({ alert }) => rules.some((rule) => rule.alert === alert)).map(
    ({ alert, limit, candidates }) => ({
      alert,
      limit,
      trials: candidates.map((candidate) => ({
        limit: candidate,
        alerts: fired.filter((firing) => firing.alert === named(alert, candidate)).length,
      })),
    }),
  );
}

/** The least of the limits that raises no more alerts than so many; null: even the largest raises more. */
export function leastLimit({ trials }: Threshold, alerts: number): Trial | null {
  return trials.find((trial) => trial.alerts <= alerts) ?? null;
}
