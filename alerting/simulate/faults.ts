/** What is done to the traffic. Times are seconds since the trace's start. */
export interface Fault {
  readonly name: string;
  /** Default: in every fleet. */
  readonly fleet?: string;
  /** A region's code, or `all`. */
  readonly region: string;
  /** Default: on every target. */
  readonly target?: string;
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
  /** Runs are planned and begin, and none ends. */
  | { readonly kind: 'hang' }
  /** A replica is so far behind. */
  | { readonly kind: 'behind'; readonly seconds: number }
  /** New connections take `factor` as long; queries do not. */
  | { readonly kind: 'connect'; readonly factor: number }
  /** New connections fail. */
  | { readonly kind: 'connect-errors' }
  /** Writes take this much longer. */
  | { readonly kind: 'write'; readonly ms: number };

export interface Place {
  readonly fleet?: string | undefined;
  readonly region: string;
  /** Default: the backend itself. */
  readonly target?: string;
}

/** The effects on a place at a time. */
export function effectsAt(faults: readonly Fault[], place: Place, time: number): Effect[] {
  return faults
    .filter((fault) => isAt(fault, place) && fault.from <= time && time < fault.to)
    .map(({ effect }) => effect);
}

export function isAt(fault: Fault, { fleet, region, target }: Place): boolean {
  return (
    (fault.fleet === undefined || fault.fleet === fleet) &&
    (fault.region === 'all' || fault.region === region) &&
    (fault.target === undefined || fault.target === target)
  );
}
