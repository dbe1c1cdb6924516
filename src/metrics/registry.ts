/** Labels of one series, by name. */
export type Labels = Readonly<Record<string, string | number>>;

/** What is rendered at a scrape: a metric's head and its samples, without a line break at the end. */
export interface Rendered {
  readonly name: string;
  text(): string;
}

export interface Registry {
  /** Adds a metric; they are rendered in the order in which they were added. */
  add(metric: Rendered): void;
  /** To be called before each rendering, for what is read anew then. */
  beforeRender(read: () => void | Promise<void>): void;
  /** `target="primary",region="lhr"`: a series' labels, with those that everything has. */
  labelsText(labels: Labels): string;
  /** Everything, in Prometheus's text format. */
  render(): Promise<string>;
}

/**
 * The metrics of one process. Each keeps its text until one of its series changes, so that a scrape costs
 * what has changed since the one before.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function createRegistry(common: Labels = {}): Registry {
  const metrics = new Map<string, Rendered>();
  const reads: (() => void | Promise<void>)[] = [];
  return {
    add(metric) {
      if (metrics.has(metric.name)) throw new Error(`${metric.name} is there already`);
      metrics.set(metric.name, metric);
    },
    beforeRender: (read) => void reads.push(read),
    labelsText: (labels) =>
      Object.entries({ ...labels, ...common })
        .map(([name, value]) => `${name}="${escape(String(value)).replaceAll('"', '\\"')}"`)
        .join(','),
    async render() {
      for (const read of reads) await read();
      const texts = [...metrics.values()].map((metric) => metric.text());
      return `${texts.filter((text) => text !== '').join('\n\n')}\n`;
    },
  };
}

/** `# HELP` and `# TYPE`. */
export function headOf(metric: { name: string; type: string; help: string }): string {
  return `# HELP ${metric.name} ${escape(metric.help)}\n# TYPE ${metric.name} ${metric.type}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
