/** Seconds between two samples: of a scrape, of the quick rules, of the others and of the hourly counts. */
export interface Every {
  readonly scrape: number;
  readonly quick: number;
  readonly rule: number;
  readonly counts: number;
  /** Of the histogram that quantiles of minutes are read from. */
  readonly buckets: number;
}

const AS_MEASURED: Every = { scrape: 15, quick: 30, rule: 60, counts: 300, buckets: 15 };
/** Of weeks; no coarser than the five minutes in which a query looks for a sample, and as a rate needs two. */
const COARSE: Every = { scrape: 120, quick: 60, rule: 120, counts: 300, buckets: 60 };

export const everyOf = (days: number): Every => (days <= 1 ? AS_MEASURED : COARSE);

/** Writes a series of the fleet; null where there is no sample. */
export type Add = (
  name: string,
  labels: Readonly<Record<string, string>>,
  every: number,
  valueAt: (time: number) => number | null,
) => Promise<void>;

/** Different in every sample, as measurements are, so that they pack as badly. */
export const around = (value: number) => () =>
  Number((value * (0.97 + 0.06 * Math.random())).toPrecision(6));

export const counter = (perSecond: number) => (time: number) => Math.floor(time * perSecond);
