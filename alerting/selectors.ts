/** A series selector in an expression: `name{label="value"}`. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly {
    readonly label: string;
    readonly operator: string;
    readonly value: string;
  }[];
}

const STRINGS = /"[^"]*"|'[^']*'|`[^`]*`/g;
const MATCHERS = /\{[^}]*\}/g;
const LABEL_LIST = /\b(by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)/g;
const KEYWORDS = new Set(
  'by without on ignoring group_left group_right and or unless bool offset inf nan'.split(' '),
);

/** The selectors of an expression, as far as the project's rules use PromQL. */
export function selectorsOf(expr: string): Selector[] {
  // Strings are blanked at equal length, so that what they hold is not taken for a name.
  const plain = expr.replace(LABEL_LIST, (text) => ' '.repeat(text.length));
  const blanked = plain.replace(STRINGS, (text) => '"'.repeat(text.length));
  const names = blanked
    .replace(MATCHERS, (text) => ' '.repeat(text.length))
    .replace(/\[[^\]]*\]/g, (t) => ' '.repeat(t.length));
  return [...names.matchAll(/(?<![\w.])[a-zA-Z_][\w:]*/g)].flatMap((match) => {
    const name = match[0];
    const end = match.index + name.length;
    if (KEYWORDS.has(name.toLowerCase()) || /^\s*\(/.test(names.slice(end))) return [];
    return [{ name, matchers: matchersAt(plain, end) }];
  });
}

function matchersAt(expr: string, at: number): Selector['matchers'] {
  const text = /^\s*\{([^}]*)\}/.exec(expr.slice(at))?.[1] ?? '';
  return [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
    ([, label, operator, value]) => ({
      label: label ?? '',
      operator: operator ?? '',
      value: value ?? '',
    }),
  );
}

/** The labels that an expression groups or joins by. */
export function labelsGroupedBy(expr: string): string[] {
  return [...expr.matchAll(LABEL_LIST)]
    .flatMap(([, , list]) => (list ?? '').split(','))
    .map((label) => label.trim())
    .filter((label) => label !== '');
}

/** The labels that an expression itself makes. */
export function labelsMade(expr: string): string[] {
  return [...expr.matchAll(/label_replace\([^"]*?"(\w+)"/gs)].map(([, label]) => label ?? '');
}

/** The expressions inside a text's templates: `query` reads them when the alert fires. */
export function templateQueries(text: string): string[] {
  const queries = /\{\{ (?:with|range [^`]*:=) (?:printf|query) `([^`]+)`/g;
  return [...text.matchAll(queries)].map(([, query]) => (query ?? '').replaceAll('%s', ''));
}
