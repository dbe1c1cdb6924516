/** A change that no test can notice, because the rule says the same with it. */
export interface Equivalent {
  readonly rule: string;
  /** Part of how `alerts:mutate` words the change. */
  readonly change: string;
  readonly because: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];
