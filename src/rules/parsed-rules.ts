import { parse } from 'yaml';

/** A rule as its file says it. */
export interface Rule {
  readonly group: string;
  readonly intervalSeconds: number;
  readonly file: string;
  readonly expr: string;
  /** The recorded series' name; null for an alert. */
  readonly record: string | null;
  /** The alert's name; null for a recording. */
  readonly alert: string | null;
  readonly forSeconds: number;
  /** How long it goes on firing when its expression returns nothing more. */
  readonly keepFiringSeconds: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RawRule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface RawFile {
  groups: { name: string; interval: string; rules: RawRule[] }[];
}

/** The rules of a file, in the order of evaluation inside a group. */
export function parseRules(file: string, text: string): Rule[] {
  const { groups } = parse(text, { merge: true }) as RawFile;
  return groups.flatMap((group) =>
    group.rules.map((rule) => ({
      group: group.name,
      intervalSeconds: parseDuration(group.interval),
      file,
      expr: rule.expr.trim(),
      record: rule.record ?? null,
      alert: rule.alert ?? null,
      forSeconds: parseDuration(rule.for ?? '0s'),
      keepFiringSeconds: parseDuration(rule.keep_firing_for ?? '0s'),
      labels: rule.labels ?? {},
      annotations: rule.annotations ?? {},
    })),
  );
}

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a Prometheus duration such as `90s` or `23h30m`. @throws for anything else */
export function parseDuration(text: string): number {
  if (!/^(\d+[smhd])+$/.test(text))
    throw new Error(`not a duration: "${text}" (such as 90s, 23h30m)`);
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? ''] ?? 0),
    0,
  );
}

/** The name of a recorded series, in an expression; what follows a digit is the step of a subquery. */
export const RECORDED_NAME = /(?<!\w)[a-z_]+:[a-z0-9_:]+/g;

/** The recorded series that an expression reads: the only names with a colon in them. */
export function recordedNames(expr: string): Set<string> {
  const withoutStrings = expr.replace(/"[^"]*"|`[^`]*`/g, '""');
  return new Set(withoutStrings.match(RECORDED_NAME) ?? []);
}
