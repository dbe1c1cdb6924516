import { Histogram, type Metric, type Registry } from 'prom-client';

/** What the registry asks of a histogram to render it; `get` formats every label of every bucket anew. */
interface HistogramExport {
  getForPromString(): ReturnType<Histogram['get']>;
}

/** The part of a prom-client histogram that is observed. */
export interface LabelledHistogram<Label extends string> {
  observe(labels: Record<Label, string>, value: number): void;
  /** Makes the series exist, at zero. */
  zero(labels: Record<Label, string>): void;
  remove(labels: Record<Label, string>): void;
}

/**
 * One histogram metric whose series have different buckets, chosen by the value of one label.
 * prom-client has one list of buckets a metric, so this is one of its histograms for each layout,
 * exported under one name.
 */
export function createHistogramWithLayouts<Label extends string>(
  registry: Registry,
  definition: { name: string; help: string; labels: readonly Label[] },
  layouts: readonly (readonly number[])[],
  layoutOf: (labels: Record<Label, string>) => readonly number[],
): LabelledHistogram<Label> {
  const parts = new Map(
    layouts.map((buckets) => [
      buckets,
      new Histogram({
        name: definition.name,
        help: definition.help,
        labelNames: [...definition.labels],
        buckets: [...buckets],
        registers: [],
      }),
    ]),
  );
  const partFor = (labels: Record<Label, string>) =>
    parts.get(layoutOf(labels)) as Histogram<Label>;
  const whole = {
    name: definition.name,
    async getForPromString() {
      const exports = [...parts.values()].map((part) =>
        (part as unknown as HistogramExport).getForPromString(),
      );
      const [first, ...rest] = await Promise.all(exports);
      return { ...first, values: [first, ...rest].flatMap((part) => part?.values ?? []) };
    },
  };
  // To render it the registry reads a metric's name and this one, which its type does not say.
  registry.registerMetric(whole as unknown as Metric);
  return {
    observe: (labels, value) => partFor(labels).observe(labels, value),
    zero: (labels) => partFor(labels).zero(labels),
    remove: (labels) => partFor(labels).remove(labels),
  };
}
