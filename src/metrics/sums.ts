import type { Registry } from './registry.js';
import { createSeries, type Definition } from './series.js';

/** A summary without quantiles: how often, and how much in all. */
export interface Sums<Label extends string> {
  observe(labels: Record<Label, string>, value: number): void;
  /** Makes the series exist, at zero. */
  zero(labels: Record<Label, string>): void;
  remove(labels: Record<Label, string>): void;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries */
export function createSums<Label extends string>(
  registry: Registry,
  definition: Definition<Label>,
): Sums<Label> {
  const { name } = definition;
  const series = createSeries(registry, definition, (labels) => {
    const value = { sum: 0, count: 0 };
    const inBraces = `{${registry.labelsText(labels)}}`;
    return {
      value,
      render: () => `${name}_sum${inBraces} ${value.sum}\n${name}_count${inBraces} ${value.count}`,
    };
  });
  return {
    observe(labels, value) {
      const entry = series.touch(labels);
      entry.sum += value;
      entry.count += 1;
    },
    zero: (labels) => void series.touch(labels),
    remove: series.remove,
  };
}
