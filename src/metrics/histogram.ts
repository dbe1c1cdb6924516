import type { Labels, Registry } from './registry.js';
import { createSeries, type Definition } from './series.js';

export interface Histogram<Label extends string> {
  observe(labels: Readonly<Record<Label, string>>, value: number): void;
  /** Makes the series exist, at zero. */
  zero(labels: Readonly<Record<Label, string>>): void;
  remove(labels: Readonly<Record<Label, string>>): void;
}

interface Counts {
  /** Observations of each bucket alone. */
  readonly perBucket: number[];
  readonly bounds: readonly number[];
  sum: number;
  count: number;
}

/**
 * A histogram whose series may have different buckets. One without labels begins at zero.
 *
 * @param boundsOf the upper bounds of a series' buckets, rising, without +Inf
 */
export function histogram<Label extends string>(
  registry: Registry,
  definition: Definition<Label>,
  boundsOf: (labels: Readonly<Record<Label, string>>) => readonly number[],
): Histogram<Label> {
  const series = createSeries<Label, Counts>(registry, definition, (labels) =>
    newSeries(registry, definition.name, {
      labels,
      bounds: boundsOf(labels as Record<Label, string>),
    }),
  );
  const zero = (labels: Readonly<Record<Label, string>>) => void series.touch(labels);
  if (definition.labels.length === 0) zero({} as Record<Label, string>);
  return {
    zero,
    remove: series.remove,
    observe(labels, value) {
      const counts = series.touch(labels);
      const bucket = counts.bounds.findIndex((bound) => value <= bound);
      if (bucket >= 0) counts.perBucket[bucket] = (counts.perBucket[bucket] ?? 0) + 1;
      counts.sum += value;
      counts.count += 1;
    },
  };
}

function newSeries(
  registry: Registry,
  name: string,
  { labels, bounds }: { labels: Labels; bounds: readonly number[] },
) {
  const counts: Counts = { perBucket: bounds.map(() => 0), bounds, sum: 0, count: 0 };
  const text = registry.labelsText(labels);
  const braces = text === '' ? '' : `{${text}}`;
  const rest = text === '' ? '' : `,${text}`;
  const fronts = bounds.map((bound) => `${name}_bucket{le="${bound}"${rest}} `);
  const render = () => {
    let below = 0;
    let lines = '';
    for (const [bucket, front] of fronts.entries()) {
      below += counts.perBucket[bucket] ?? 0;
      lines += `${front}${below}\n`;
    }
    lines += `${name}_bucket{le="+Inf"${rest}} ${counts.count}\n`;
    return `${lines}${name}_sum${braces} ${counts.sum}\n${name}_count${braces} ${counts.count}`;
  };
  return { value: counts, render };
}
