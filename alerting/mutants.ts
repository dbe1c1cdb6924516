/** One small change of an expression or a duration. */
export interface Mutant {
  readonly change: string;
  readonly text: string;
}

/**
 * Changes every threshold, window, comparison, join, clamp and matcher of an expression, one at a time.
 * Numbers that are no threshold stay: the 0 and 1 of booleans, and what stands in a string.
 */
export function mutantsOf(expr: string): Mutant[] {
  return [
    ...numbers(expr),
    ...durations(expr),
    ...replacements(expr, / >= /g, ' < '),
    ...replacements(expr, / > (?!bool)/g, ' < '),
    ...replacements(expr, / > bool /g, ' < bool '),
    ...replacements(expr, / <=? (?!bool)/g, ' > '),
    ...replacements(expr, / == /g, ' != '),
    ...replacements(expr, / != /g, ' == '),
    ...replacements(expr, /(?<=\s)and(?=\s)/g, 'or'),
    ...replacements(expr, /(?<=\s)unless(?=\s)/g, 'and'),
    ...replacements(expr, /(?<=\s)or(?=\s)/g, 'and'),
    ...labelLists(expr),
    ...clamps(expr),
    ...matchers(expr),
    ...replacements(expr, /\bquantile_over_time\(0\.5, /g, 'max_over_time('),
  ];
}

/**
 * A rule's `for`, halved and doubled. What is less than one evaluation less is the same, so that a `for`
 * of one interval becomes none.
 */
export function mutatedFors(seconds: number, intervalSeconds: number): string[] {
  const half = seconds > intervalSeconds ? seconds / 2 : 0;
  return [`${Math.round(half)}s`, `${seconds * 2}s`];
}

function mutatedDurations(seconds: number): string[] {
  return [seconds / 2, seconds * 2].map((value) => `${Math.round(value)}s`);
}

function numbers(expr: string): Mutant[] {
  return matches(expr, /(?<![\w.:"[])\d+(?:\.\d+)?(?![\w.:"\]])/g).flatMap(({ text, at }) => {
    const value = Number(text);
    const inString = expr.slice(0, at).split('"').length % 2 === 0;
    if (inString || value === 0 || value === 1) return [];
    return nearby(value).map((changed) => replaced(expr, at, text, String(changed)));
  });
}

/** A ratio moves by two fifths of its distance from 1, anything else by two fifths, a count by at least one. */
function nearby(value: number): number[] {
  const step = Number.isInteger(value) ? Math.max(1, value * 0.4) : value * 0.4;
  const around =
    value > 1 && value < 2
      ? [1 + (value - 1) * 0.6, 1 + (value - 1) * 1.4]
      : [value - step, value + step];
  return around.map((changed) => Number(changed.toPrecision(4)));
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function durations(expr: string): Mutant[] {
  return matches(expr, /(?<=\[|offset )(?:\d+[smhd])+/g).flatMap(({ text, at }) => {
    const seconds = [...text.matchAll(/(\d+)([smhd])/g)].reduce(
      (sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ''] ?? 0),
      0,
    );
    return mutatedDurations(seconds).map((changed) => replaced(expr, at, text, changed));
  });
}

/** What is grouped or joined by: without each of the labels. */
function labelLists(expr: string): Mutant[] {
  const lists = /(?<=\b(?:by|without|on|ignoring|group_left|group_right) ?)\([a-z_, ]+\)/g;
  return matches(expr, lists).flatMap(({ text, at }) =>
    withoutEach(text.slice(1, -1).split(', ')).map(({ one, rest }) =>
      replaced(expr, at, text, `(${rest.join(', ')})`, `without ${one}: `),
    ),
  );
}

/** What is chosen: without each of the conditions on a label. */
function matchers(expr: string): Mutant[] {
  return matches(expr, /\{\w+[=!][^}]*\}/g).flatMap(({ text, at }) =>
    withoutEach(text.match(/\w+[=!]~?=?"[^"]*"/g) ?? []).map(({ one, rest }) =>
      replaced(expr, at, text, `{${rest.join(', ')}}`, `without ${one}: `),
    ),
  );
}

function withoutEach(all: readonly string[]): { one: string; rest: string[] }[] {
  return all.map((one, index) => ({ one, rest: all.filter((_, other) => other !== index) }));
}

/** A clamp turned over, and each bound of one that has two, far away. */
function clamps(expr: string): Mutant[] {
  const bounds = expr.includes('clamp(')
    ? /(?<=^ *)[\d.]+(?=, [\d.]+$)|(?<=^ *[\d.]+, )[\d.]+$/gm
    : /$^/g;
  return [
    ...replacements(expr, /\bclamp_min\(/g, 'clamp_max('),
    ...replacements(expr, /\bclamp_max\(/g, 'clamp_min('),
    ...matches(expr, bounds).flatMap(({ text, at }) => {
      const isUpper = /, $/.test(expr.slice(0, at));
      return [replaced(expr, at, text, isUpper ? '99' : '-99')];
    }),
  ];
}

function replacements(expr: string, pattern: RegExp, by: string): Mutant[] {
  return matches(expr, pattern).map(({ text, at }) => replaced(expr, at, text, by));
}

function matches(expr: string, pattern: RegExp): { text: string; at: number }[] {
  return [...expr.matchAll(pattern)].map((match) => ({ text: match[0], at: match.index }));
}

function replaced(expr: string, at: number, text: string, by: string, what = ''): Mutant {
  const line = expr.slice(expr.lastIndexOf('\n', at) + 1).split('\n')[0] ?? '';
  return {
    change: `${what}"${text.trim()}" → "${by.trim()}" in: ${line.trim()}`,
    text: expr.slice(0, at) + by + expr.slice(at + text.length),
  };
}
