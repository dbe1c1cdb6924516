/** A change that no test can notice, because the rule says the same with it. */
export interface Equivalent {
  readonly rule: string;
  /** Part of how `alerts:mutate` words the change. */
  readonly change: string;
  readonly because: string;
}

const ONE_SIDE =
  'the other side of the operator leaves the hub out, and what has no partner drops out';

export const EQUIVALENT: readonly Equivalent[] = [
  {
    rule: 'target:pglatency_write_cost_seconds:median_now',
    change: 'without region!="hub": ',
    because: ONE_SIDE,
  },
  {
    rule: 'target:pglatency_fleet_slow:bool',
    change:
      'without region!="hub": "{operation="select", region!="hub"}" → "{operation="select"}" in: (region_operation:pglatency_operation_seconds:ratio_now',
    because: ONE_SIDE,
  },
  {
    rule: 'target:pglatency_fleet_slow:bool',
    change:
      'without region!="hub": "{operation="select", region!="hub"}" → "{operation="select"}" in: * (region_operation:pglatency_operation_seconds:excess_now',
    because: ONE_SIDE,
  },
  {
    rule: 'region_operation:pglatency_tail_run:bool',
    change: 'without statistic="max"',
    because: "the larger of a run's two statistics is its maximum",
  },
];
