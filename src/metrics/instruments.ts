import type { Registry } from './registry.js';
import { createSeries, type Definition } from './series.js';

export type { Definition } from './series.js';

export const MS_PER_SECOND = 1_000;

type Of<Label extends string> = Readonly<Record<Label, string | number>>;

export interface Counter<Label extends string> {
  inc(labels: Of<Label>, by?: number): void;
  remove(labels: Of<Label>): void;
}

export interface Gauge<Label extends string> {
  set(labels: Of<Label>, value: number): void;
  remove(labels: Of<Label>): void;
  reset(): void;
}

/** Counts up. One without labels begins at zero. */
export function counter<Label extends string>(
  registry: Registry,
  definition: Definition<Label>,
): Counter<Label> {
  const series = createValues(registry, definition);
  if (definition.labels.length === 0) series.touch({} as Of<Label>);
  return {
    inc(labels, by = 1) {
      series.touch(labels).now += by;
    },
    remove: series.remove,
  };
}

/** A value that is set; absent before. Also for a counter that somebody else counts. */
export function gauge<Label extends string>(
  registry: Registry,
  definition: Definition<Label>,
): Gauge<Label> {
  const series = createValues(registry, definition);
  return {
    set(labels, value) {
      series.touch(labels).now = value;
    },
    remove: series.remove,
    reset: series.clear,
  };
}

function createValues<Label extends string>(registry: Registry, definition: Definition<Label>) {
  return createSeries(registry, definition, (labels) => {
    const inBraces = registry.labelsText(labels);
    const front = `${definition.name}${inBraces === '' ? '' : `{${inBraces}}`} `;
    const value = { now: 0 };
    return { value, render: () => front + String(value.now) };
  });
}
