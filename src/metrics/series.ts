import { headOf, type Labels, type Registry } from './registry.js';

/** What names.ts says of a metric. */
export interface Definition<Label extends string = string> {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly Label[];
}

/** The series of one metric, each with a value of its own kind. */
export interface SeriesMap<Label extends string, Value> {
  /** The series' value, which the caller changes in place; made where there is none. */
  touch(labels: Readonly<Record<Label, string | number>>): Value;
  remove(labels: Readonly<Record<Label, string | number>>): void;
  clear(): void;
}

interface Series<Value> {
  readonly value: Value;
  /** Its lines as they were last rendered; null: it has changed since. */
  text: string | null;
  readonly render: () => string;
}

/**
 * Adds a metric whose series are rendered again only when they were touched.
 *
 * @param make a new series: its value, and what renders its lines
 */
export function createSeries<Label extends string, Value>(
  registry: Registry,
  definition: Definition<Label>,
  make: (labels: Labels) => { readonly value: Value; readonly render: () => string },
): SeriesMap<Label, Value> {
  const { name, labels: names } = definition;
  const all = new Map<string, Series<Value>>();
  const head = headOf(definition);
  let text: string | null = head;
  const keyOf = (labels: Readonly<Record<Label, string | number>>) =>
    names.map((label) => labels[label]).join('\n');

  registry.add({
    name,
    text() {
      if (text !== null) return text;
      const lines = [head];
      for (const series of all.values()) lines.push((series.text ??= series.render()));
      return (text = lines.join('\n'));
    },
  });
  return {
    touch(labels) {
      const key = keyOf(labels);
      let series = all.get(key);
      if (series === undefined) {
        series = { ...make({ ...labels }), text: null };
        all.set(key, series);
      }
      series.text = text = null;
      return series.value;
    },
    remove(labels) {
      if (all.delete(keyOf(labels))) text = null;
    },
    clear() {
      all.clear();
      text = null;
    },
  };
}
