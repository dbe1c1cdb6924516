import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What names.ts says of a metric. */
export interface Definition {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export const MS_PER_SECOND = 1_000;

export function counter(registry: Registry, { name, help, labels }: Definition) {
  return new Counter({ name, help, labelNames: [...labels], registers: [registry] });
}

export function gauge(registry: Registry, { name, help, labels }: Definition) {
  return new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
}

export function histogram(registry: Registry, definition: Definition, buckets: number[]) {
  const { name, help, labels } = definition;
  return new Histogram({ name, help, labelNames: [...labels], buckets, registers: [registry] });
}
