import type { Unit } from '../count/unit.js';
import { nameOf } from './names.js';
import { figuresOf, type UnitFigures } from './unit-figures.js';

/** Units that are called the same. */
export interface Kind {
  readonly name: string;
  readonly namedBy: Unit['namedBy'];
  /** Units whose figures count. */
  readonly count: number;
  /** Units that ended in the middle. */
  readonly cut: number;
  readonly trips: { readonly p50: number; readonly max: number } | null;
  /** The unit in the middle, by trips and then by the server's time; null: none was whole. */
  readonly median: UnitFigures | null;
}

export interface Kinds {
  add(unit: Unit): void;
  /** Those with the most trips in all come first. */
  list(): Kind[];
}

/** Kinds of their own; what comes beyond is one kind, so that nothing grows. */
const MAX_KINDS = 500;
/** Units of one number of trips that are kept, a random choice of them. */
const MAX_KEPT = 25;
/** Different numbers of trips of a kind that have units kept. */
const MAX_BUCKETS = 200;
/** Of a unit that is kept with each of its trips. */
const MAX_TRIPS = 2_000;

interface Bucket {
  count: number;
  readonly kept: UnitFigures[];
}

interface Collected {
  readonly name: string;
  readonly namedBy: Unit['namedBy'];
  readonly buckets: Map<number, Bucket>;
  cut: number;
}

const REST = { key: 'rest', name: 'other units' };

/** Collects units by their kind. Keeps counts of all, and a few of each number of trips in full. */
export function createKinds(random: () => number = Math.random): Kinds {
  const kinds = new Map<string, Collected>();

  const kindFor = (unit: Unit): Collected => {
    const named = nameOf(unit);
    const { key, name } = kinds.has(named.key) || kinds.size < MAX_KINDS ? named : REST;
    const found = kinds.get(key);
    if (found !== undefined) return found;
    const made = { name, namedBy: unit.namedBy, buckets: new Map<number, Bucket>(), cut: 0 };
    kinds.set(key, made);
    return made;
  };
  return {
    add(unit) {
      const kind = kindFor(unit);
      if (unit.isCut) kind.cut += 1;
      else keep(kind.buckets, figuresOf(unit), random);
    },
    list: () =>
      [...kinds.values()]
        .map(toKind)
        .sort((a, b) => weightOf(b) - weightOf(a) || b.count - a.count),
  };
}

function keep(buckets: Map<number, Bucket>, figures: UnitFigures, random: () => number): void {
  let bucket = buckets.get(figures.trips);
  if (bucket === undefined) {
    bucket = { count: 0, kept: [] };
    buckets.set(figures.trips, bucket);
  }
  bucket.count += 1;
  const light =
    figures.waterfall.length <= MAX_TRIPS
      ? figures
      : { ...figures, waterfall: figures.waterfall.slice(0, MAX_TRIPS) };
  if (bucket.kept.length < (buckets.size > MAX_BUCKETS ? 1 : MAX_KEPT)) bucket.kept.push(light);
  else {
    // Each of those that came is kept with the same probability.
    const place = Math.floor(random() * bucket.count);
    if (place < bucket.kept.length) bucket.kept[place] = light;
  }
}

function toKind({ name, namedBy, buckets, cut }: Collected): Kind {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, bucket]) => sum + bucket.count, 0);
  const middle = Math.floor((count - 1) / 2);
  let before = 0;
  const median = sorted.find(([, bucket]) => (before += bucket.count) > middle);
  const last = sorted.at(-1);
  if (median === undefined || last === undefined) {
    return { name, namedBy, count, cut, trips: null, median: null };
  }
  const byServer = [...median[1].kept].sort((a, b) => a.serverMs - b.serverMs);
  return {
    name,
    namedBy,
    count,
    cut,
    trips: { p50: median[0], max: last[0] },
    median: byServer[Math.floor((byServer.length - 1) / 2)] ?? null,
  };
}

function weightOf({ count, trips }: Kind): number {
  return count * (trips?.p50 ?? 0);
}
