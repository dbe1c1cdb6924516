import { regionOf } from '../../regions/regions.js';
import type { ByRegion, Distance, UnitReport } from './report.js';
import type { Saving } from './unit-figures.js';

/** What would save a trip, for people. */
export const SAVING_WORDS: Readonly<Record<Saving, string>> = {
  prepare: 'send prepare and execute in one flight',
  begin: 'send BEGIN with the first statement',
  settings: 'set it when the connection is opened, or send it with the next statement',
  ping: 'send no test query before a query: open a new connection when one fails',
  close: 'close with the next message',
};

export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(0)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
}

export function plural(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}

/** `London`, or `lhr` where nobody knows its city. */
export function cityOf(region: string): string {
  return regionOf(region).city;
}

/** The nearest, the farthest, and what lies in the middle, where there are more than `max`. */
export function fewOf(distances: readonly Distance[], max: number): readonly Distance[] {
  if (distances.length <= max) return distances;
  const sorted = [...distances].sort((a, b) => a.rtt_ms - b.rtt_ms);
  const places = Array.from({ length: max }, (_, i) =>
    Math.round((i * (sorted.length - 1)) / (max - 1)),
  );
  return places.flatMap((place) => sorted[place] ?? []);
}

/** `83 ms from London, 1.9 s from Sydney` */
export function fromRegions(by: ByRegion, distances: readonly Distance[]): string {
  return distances
    .map(({ region }) => `${duration(by[region] ?? 0)} from ${cityOf(region)}`)
    .join(', ');
}

/** The finding in one sentence; null: no unit of the kind was whole. */
export function headline(unit: UnitReport, distances: readonly Distance[]): string | null {
  if (unit.trips_p50 === null || unit.projected_ms === null) return null;
  const where = fromRegions(unit.projected_ms, distances);
  return `${unit.name}: ${plural(unit.trips_p50, 'trip')}${where === '' ? '' : `, ${where}`}`;
}

/** What could be saved, a line each, the most first. */
export function advice(unit: UnitReport, distances: readonly Distance[]): string[] {
  const saved = (trips: number, by: ByRegion) => {
    const where = distances.length === 0 ? '' : ` (${fromRegions(by, distances)})`;
    return `saves ${plural(trips, 'trip')}${where}`;
  };
  return [
    ...unit.repeats.map((it) => ({
      trips: it.times - 1,
      text: `${it.label} comes ${it.times} times, one after another: one statement for all ${saved(it.times - 1, it.saved_ms)}`,
    })),
    ...unit.savings.map((it) => ({
      trips: it.trips,
      text: `${SAVING_WORDS[it.what]}: ${saved(it.trips, it.saved_ms)}`,
    })),
  ]
    .sort((a, b) => b.trips - a.trips)
    .map(({ text }) => text);
}
