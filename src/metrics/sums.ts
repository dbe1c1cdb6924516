import type { Metric, Registry } from 'prom-client';

/** A summary without quantiles: how often, and how much in all. */
export interface Sums<Label extends string> {
  observe(labels: Record<Label, string>, value: number): void;
  /** Makes the series exist, at zero. */
  zero(labels: Record<Label, string>): void;
  remove(labels: Record<Label, string>): void;
}

interface Entry<Label extends string> {
  readonly labels: Record<Label, string>;
  sum: number;
  count: number;
}

/**
 * prom-client's own summary keeps every value's place among the others, and cannot begin at zero.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries
 */
export function createSums<Label extends string>(
  registry: Registry,
  { name, help, labels: names }: { name: string; help: string; labels: readonly Label[] },
): Sums<Label> {
  const entries = new Map<string, Entry<Label>>();
  const keyOf = (labels: Record<Label, string>) => names.map((label) => labels[label]).join('\n');
  const entryOf = (labels: Record<Label, string>): Entry<Label> => {
    const entry = entries.get(keyOf(labels)) ?? { labels: { ...labels }, sum: 0, count: 0 };
    entries.set(keyOf(labels), entry);
    return entry;
  };
  const rendered = {
    name,
    get: () => ({
      name,
      help,
      type: 'summary',
      values: [...entries.values()].flatMap(({ labels, sum, count }) => [
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ]),
    }),
  };
  // To render it the registry reads a metric's name and calls `get`.
  registry.registerMetric(rendered as unknown as Metric);
  return {
    observe(labels, value) {
      const entry = entryOf(labels);
      entry.sum += value;
      entry.count += 1;
    },
    zero: (labels) => void entryOf(labels),
    remove: (labels) => void entries.delete(keyOf(labels)),
  };
}
