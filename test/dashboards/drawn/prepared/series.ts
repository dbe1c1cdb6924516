import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** The moment at which all states are looked at, in Unix seconds: a whole minute. */
export const NOW = Date.UTC(2026, 0, 15, 12) / 1_000;
/** Of the scrapes and of the rules. */
export const STEP = 60;
export const minutesAgo = (minutes: number): number => NOW - minutes * 60;

export type Labels = Readonly<Record<string, string>>;
/** A value at a moment; null where there is none. */
export type ValueAt = (time: number) => number | null;

/** Collects series for `promtool tsdb create-blocks-from openmetrics`. */
export function createSeries() {
  const lines: string[] = [];
  return {
    /** From so many minutes ago until now. */
    add(name: string, labels: Labels, value: number | ValueAt, minutes = 75): void {
      const list = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
      const series = `${name}{${list.join(',')}}`;
      for (let time = minutesAgo(minutes); time <= NOW; time += STEP) {
        const at = typeof value === 'number' ? value : value(time);
        if (at !== null) lines.push(`${series} ${at} ${time}`);
      }
    },
    async write(file: string): Promise<void> {
      const stream = createWriteStream(file);
      for (const line of lines) stream.write(`${line}\n`);
      stream.end('# EOF\n');
      await finished(stream);
    },
  };
}

export type SeriesSink = Pick<ReturnType<typeof createSeries>, 'add'>;
