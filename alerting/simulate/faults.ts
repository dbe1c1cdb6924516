/** What is done to the traffic. Times are seconds since the trace's start. */
export interface Fault {
  readonly name: string;
  /** A region's code, or `all`. */
  readonly region: string;
  readonly from: number;
  readonly to: number;
  readonly effect: Effect;
}

export type Effect =
  /** Every operation takes `factor` as long: a longer path. */
  | { readonly kind: 'ratio'; readonly factor: number }
  /** Every query takes this much longer: a slow database. */
  | { readonly kind: 'add'; readonly ms: number }
  /** This share of the queries takes `factor` as long. */
  | { readonly kind: 'tail'; readonly share: number; readonly factor: number }
  /** This share of the queries fails. */
  | { readonly kind: 'errors'; readonly share: number }
  /** The backend is gone: no runs, no scrapes. */
  | { readonly kind: 'silent' }
  /** New connections take `factor` as long; queries do not. */
  | { readonly kind: 'connect'; readonly factor: number }
  /** New connections fail. */
  | { readonly kind: 'connect-errors' }
  /** Writes take this much longer. */
  | { readonly kind: 'write'; readonly ms: number };

/** The effects on a region at a time. */
export function effectsAt(faults: readonly Fault[], region: string, time: number): Effect[] {
  return faults
    .filter((f) => (f.region === region || f.region === 'all') && f.from <= time && time < f.to)
    .map(({ effect }) => effect);
}
