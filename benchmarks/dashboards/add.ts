/** Seconds between two samples: of a scrape, of the quick rules, of the others and of the hourly counts. */
export const EVERY = { scrape: 15, quick: 30, rule: 60, counts: 300 } as const;

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
