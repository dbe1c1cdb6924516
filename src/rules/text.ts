import { OPERATION_SECONDS } from './series.js';

/** The labels that say what a series is about. */
export type Label = 'fleet' | 'target' | 'region' | 'operation';

export const OF_REGION = ['fleet', 'region'] as const;
export const OF_TARGET = ['fleet', 'target'] as const;
export const OF_REGION_TARGET = ['fleet', 'target', 'region'] as const;
export const OF_OPERATION = ['fleet', 'target', 'region', 'operation'] as const;

export const REGION = '{{ $labels.fleet }}/{{ $labels.region }}';
export const TARGET = '{{ $labels.fleet }}, {{ $labels.target }}';
export const REGION_TARGET = `${REGION} to {{ $labels.target }}`;

/** Formats a duration in seconds. */
const SECONDS = 'humanizeDuration';

interface Around {
  readonly before?: string;
  readonly after?: string;
  readonly otherwise?: string;
}

/**
 * A query that Prometheus runs when an alert's text is made. Each `{}` in it becomes a selector of the
 * alert's own labels; a selector that begins with `{}` keeps what follows: `series{operation="x"}` is
 * written `series{,operation="x"}`.
 */
function asked(query: string, labels: readonly Label[]): string {
  const own = labels.map((label) => `${label}="%s"`).join(',');
  const times = query.match(/\{(?=[},])/g)?.length ?? 0;
  const args = Array.from({ length: times }, () =>
    labels.map((label) => ` $labels.${label}`),
  ).flat();
  return `printf \`${query.replace(/\{(?=[},])/g, `{${own}`)}\`${args.join('')} | query`;
}

/** The value of a query in an alert's text, and words that stand beside it only where there is a value. */
export function value(
  query: string,
  labels: readonly Label[],
  format: string | null = SECONDS,
  { before = '', after = '', otherwise }: Around = {},
): string {
  const formatted = format === null ? 'value' : `value | ${format}`;
  const other = otherwise === undefined ? '' : `{{ else }}${otherwise}`;
  return `{{ with ${asked(query, labels)} }}${before}{{ . | first | ${formatted} }}${after}${other}{{ end }}`;
}

/** The commonest reason of failures, in a sentence. Nothing where there was none. */
export function reason(series: string, labels: readonly Label[], window: string): string {
  const query = `topk(1, sum by (reason) (increase(${series}[${window}])) > 0)`;
  return `{{ with ${asked(query, labels)} }} The most frequent reason: {{ . | first | label "reason" }}.{{ end }}`;
}

/** Several values, the largest first, each behind the label that names it. */
export function list(query: string, labels: readonly Label[], label: string): string {
  return `{{ range $i, $one := ${asked(`sort_desc(${query})`, labels)} }}{{ if $i }}, {{ end }}{{ $one.Labels.${label} }} {{ $one.Value | ${SECONDS} }}{{ else }}not known{{ end }}`;
}

/** What a text says in one paragraph. What may be absent brings its own space. */
export function sentences(...texts: readonly string[]): string {
  return texts
    .map((text, index) => (index === 0 || text.startsWith('{{ with') ? text : ` ${text}`))
    .join('');
}

/** `787ms; normal 261ms (3.0 ×)` */
export function againstNormal(now: string): string {
  const normal = value(`${OPERATION_SECONDS}:baseline{}`, OF_OPERATION, SECONDS, {
    before: '; normal ',
  });
  const ratio = value(`${OPERATION_SECONDS}:ratio_now{}`, OF_OPERATION, 'printf "%.1f"', {
    before: ' (',
    after: ' ×)',
  });
  return now + normal + ratio;
}
